import type { LiveEnvironment } from '#libs/domain';
import type { Instant } from '#libs/kernel';
import type { RunDocument } from '../history-read-models.js';
import { fileFindings, sinceAnchor } from './file-findings.js';
import { findingOf, type Finding } from './finding.js';
import { nodeFindings } from './node-findings.js';
import { runFindings } from './run-findings.js';
import { scheduleFindings } from './schedule-findings.js';
import { settingsFindings } from './settings-findings.js';
import type { Situation } from './situation.js';

const CLOSED: ReadonlySet<string> = new Set(['completed', 'skipped', 'disputed', 'failed']);

/** A run without the error that ended it. */
const withoutError = ({ error: _error, ...run }: RunDocument): RunDocument => run;

/**
 * What the newest closed run found. A run without new blocks does not look at everything again: the warnings of the run
 * before it still hold. What ended that run does not: enough validators agreed since that there is nothing new.
 */
const lastRunFindings = ({ environment, runs }: Situation): readonly Finding[] => {
  const closed = runs.filter(({ state }) => CLOSED.has(state));
  const looked = closed.findIndex(({ state }) => state !== 'skipped');
  const newer = looked < 0 ? closed : closed.slice(0, looked);
  const older = looked < 0 ? [] : closed.slice(looked, looked + 1);
  const isRefuted = newer.some(({ skip_reason: reason }) => reason === 'NO_NEW_BLOCK');
  const relevant = [...newer, ...(isRefuted ? older.map(withoutError) : older)];
  const found = new Map(
    relevant
      .toReversed()
      .flatMap((run) => runFindings(environment, run).map((one) => [one._id, one] as const)),
  );
  return [...found.values()].map((finding) => ({ ...finding, since: beganAt(finding, environment, closed) }));
};

/** When the oldest of the newest runs in a row ended that found the same; runs without new blocks say nothing of it. */
const beganAt = (
  { _id, since }: Finding,
  environment: LiveEnvironment,
  closed: readonly RunDocument[],
): Instant | null => {
  let began = since;
  for (const run of closed) {
    const same = runFindings(environment, run).find((finding) => finding._id === _id);
    if (same !== undefined) began = same.since;
    else if (run.state !== 'skipped') break;
  }
  return began;
};

const LATE: ReadonlySet<string> = new Set(['BACKUP_OVERDUE', 'BACKUP_LAGGING']);

/** A node that does not answer makes runs end in a dispute, and those make the environment overdue: one cause. */
const folded = (findings: readonly Finding[]): readonly Finding[] => {
  const nodes = findings.filter(({ subject }) => subject.kind === 'node');
  const run = findings.find(
    ({ severity, subject, evidence }) =>
      severity === 'error' && subject.kind === 'environment' && evidence.run_id !== undefined,
  );
  const behindRun =
    nodes.find(({ subject }) => run?.evidence.nodes?.includes(subject.id)) ??
    nodes.find(({ code }) => code === run?.code);
  const causeOf = (finding: Finding): Finding | undefined => {
    if (LATE.has(finding.code)) return run ?? nodes[0];
    return finding === run ? behindRun : undefined;
  };
  return findings.map((finding) => ({ ...finding, caused_by: causeOf(finding)?._id ?? null }));
};

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** All that is wrong with an environment, or about to be: a function of what is known of it, the gravest first. */
export const environmentFindings = (situation: Situation): readonly Finding[] => {
  const { environment, backup, files, look, now } = situation;
  const own = [...settingsFindings(environment), ...scheduleFindings(situation)].map((draft) =>
    findingOf(environment, { ...draft, last_looked: now }),
  );
  const genesisHash = backup.genesisHash ?? environment.genesis?.genesisHash;
  const all = [
    ...(look === undefined ? [] : nodeFindings(environment, look, genesisHash)),
    ...lastRunFindings(situation),
    ...own,
    ...fileFindings(environment, sinceAnchor(files, backup), now),
  ];
  const each = new Map(all.toReversed().map((finding) => [finding._id, finding]));
  const found = all.filter((finding) => each.get(finding._id) === finding);
  return folded(found).toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
};
