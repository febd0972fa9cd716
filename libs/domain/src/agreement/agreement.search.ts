import { ZERO_HASH, type BlockRange, type ErrorCode } from '#libs/kernel';
import { cutRange, type Cut } from '../backup/plan.js';
import {
  type AgreementInput,
  type AgreementReport,
  type AgreementVerdict,
  type SurveyRequest,
  type SurveyAnswer,
  type SurveyAnswers,
} from './agreement.types.js';
import { expectHash, headerAt, missingAt, monitorAt, rejoined } from './answers.js';
import { findForkedFile } from './forked-file.js';
import { openTable, type Table } from './table.js';
import { confirmationsAt, departuresOf, learn, nthLargest, openHeights, potentialOf } from './voters.js';

/** A validator this many blocks below the monitor must not hold up the whole consortium's backup: it is a dispute. */
export const BEHIND_BLOCKS_MAX = 10_000n;
/** A monitor this many blocks below the agreed head has stalled. */
export const STALLED_BLOCKS = 256n;
const ROUNDS_MAX = 60;
const RESTARTS_MAX = 3;

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;
type Search<T> = Generator<SurveyRequest, T, SurveyAnswers>;
type Verdict = AgreementVerdict | 'moved';

const disputed = (code: ErrorCode, reason: string, retryable = true): AgreementVerdict => ({
  kind: 'disputed',
  code,
  reason,
  retryable,
});

/** Asks one batch of every node and keeps count. */
function* ask(table: Table, heights: readonly bigint[]): Search<SurveyAnswers> {
  const unique = [...new Set(heights)];
  const answers = yield { heights: unique };
  table.rounds += 1;
  table.lookups += unique.length;
  table.admit(answers);
  return answers;
}

/** Is the last backed-up block still what the nodes hold? A verdict when it is not. */
function* checkLastEnd(
  table: Table,
  opening: SurveyAnswers,
  monitor: Answered,
): Search<AgreementVerdict | undefined> {
  const { input } = table;
  const { lastEnd, fileEnds } = input;
  if (lastEnd === undefined) return undefined;
  const other = table.quorumFor(opening, lastEnd.number, (hash) => hash !== lastEnd.hash);
  if (other !== undefined) {
    const keepThrough = yield* findForkedFile(table, fileEnds, (heights) => ask(table, heights));
    if (keepThrough !== undefined) return { kind: 'superseded', keepThrough, by: other };
    const reason = `A quorum holds ${other} at block ${lastEnd.number}, but none confirmed where it left.`;
    return table.refusal() ?? disputed('QUORUM_NOT_REACHED', reason);
  }
  if (monitor.head < lastEnd.number) {
    return disputed(
      'MONITOR_BEHIND',
      `Monitor ${input.monitorId} has ${monitor.head}, block ${lastEnd.number} is backed up.`,
    );
  }
  const said = monitor.heights.get(lastEnd.number);
  if (said?.kind !== 'header') {
    return disputed(
      'NODE_HISTORY_PRUNED',
      `Monitor ${input.monitorId} does not have block ${lastEnd.number}.`,
    );
  }
  if (said.header.hash === lastEnd.hash) return undefined;
  return disputed(
    'VALIDATOR_DIFFERS',
    `Monitor ${input.monitorId} holds ${said.header.hash} at block ${lastEnd.number}, backed up is ${lastEnd.hash}; no quorum confirms another hash.`,
  );
}

/** `moved` or a verdict when the monitor itself lacks one of the heights. */
const monitorLacks = (
  input: AgreementInput,
  answers: SurveyAnswers,
  heights: readonly bigint[],
): Verdict | undefined => {
  for (const height of heights) {
    const said = monitorAt(answers, input, height);
    if (said?.kind === 'above-head') return 'moved';
    if (said?.kind !== 'header') {
      return disputed('NODE_HISTORY_PRUNED', `Monitor ${input.monitorId} does not have block ${height}.`);
    }
  }
  return undefined;
};

/** Narrows every voter's interval until each departure at or below `top` is known exactly. */
function* narrow(table: Table, top: bigint): Search<Verdict | undefined> {
  const { input } = table;
  for (const voter of table.voters) if (voter.cap > top) voter.cap = top;
  while (table.rounds < ROUNDS_MAX) {
    const heights = [...new Set(table.voters.flatMap(openHeights))];
    if (heights.length === 0) return undefined;
    const answers = yield* ask(table, heights);
    const refused = table.refusal() ?? monitorLacks(input, answers, heights);
    if (refused) return refused;
    const { missing, moved } = learn(table.voters, heights, answers, (height) =>
      expectHash(answers, input, height),
    );
    if (moved) return 'moved';
    table.dropMissing(missing);
    const gone = table.refusal();
    if (gone) return gone;
  }
  return 'moved';
}

/** Confirms the boundaries of the plan and the successor of the end with every node once more. */
function* confirm(table: Table, start: bigint, agreedEnd: bigint): Search<Verdict> {
  const { input } = table;
  const cuts = cutRange({ start, end: agreedEnd }, input.segmentBlocks, input.supersededStarts);
  const before = start === 0n ? [] : [start - 1n];
  const heights = [...before, ...cuts.map(({ end }) => end), agreedEnd];
  const answers = yield* ask(table, [...heights, agreedEnd + 1n]);
  const refused = table.refusal() ?? monitorLacks(input, answers, heights);
  if (refused) return refused;
  table.dropMissing(missingAt(table.voters, answers, heights));
  const gone = table.refusal();
  if (gone) return gone;
  const held = heights.every((height) => table.countAgreeing(answers, height) >= table.needed());
  if (
    !held ||
    rejoined(table.voters, answers, {
      number: agreedEnd + 1n,
      hash: headerAt(answers, input, agreedEnd + 1n)?.hash,
    })
  )
    return 'moved';
  return agreedOn(table, answers, cuts, { start, end: agreedEnd });
}

const agreedOn = (table: Table, answers: SurveyAnswers, cuts: readonly Cut[], range: BlockRange): Verdict => {
  const { input } = table;
  const { start } = range;
  const last = cuts.at(-1);
  const end = last ? headerAt(answers, input, last.end) : undefined;
  const parentHash = start === 0n ? ZERO_HASH : headerAt(answers, input, start - 1n)?.hash;
  if (end === undefined || parentHash === undefined) return 'moved';
  if (input.lastEnd !== undefined && parentHash !== input.lastEnd.hash) return 'moved';
  return {
    kind: 'agreed',
    start,
    parentHash,
    end,
    backlogEnd: range.end,
    cuts: cuts.map((cut) => ({ ...cut, endHash: expectHash(answers, input, cut.end) })),
    genesisHash: table.genesisHash(),
    warnings: table.warnings,
  };
};

/** The highest block with enough blocks above it, as far as the monitor has it. */
const topBelow = ({ input }: Table, head: bigint, monitor: Answered): bigint => {
  const confirmed = head - input.minConfirmations;
  return confirmed < monitor.head ? confirmed : monitor.head;
};

const nothingNew = ({ input }: Table, head: bigint, monitor: Answered): AgreementVerdict =>
  head - monitor.head > STALLED_BLOCKS
    ? disputed(
        'MONITOR_STALLED',
        `Monitor ${input.monitorId} is at block ${monitor.head}, but the head is ${head}.`,
      )
    : { kind: 'no-new-block' };

/** Validators that are too far behind to wait for. */
const behind = (table: Table, top: bigint, start: bigint): AgreementVerdict | undefined => {
  const reach = nthLargest(table.voters.map(potentialCap), table.needed());
  if (reach !== undefined && reach >= start && top - reach <= BEHIND_BLOCKS_MAX) return undefined;
  const late = table.voters.filter(({ cap }) => cap < start || top - cap > BEHIND_BLOCKS_MAX);
  const names = late.map(({ id, head }) => `${id} (at ${head})`).join(', ');
  const code = table.input.rule === 'all' ? 'VALIDATOR_BEHIND' : 'QUORUM_NOT_REACHED';
  return disputed(code, `Too far behind block ${top}: ${names}.`);
};
const potentialCap = ({ cap }: { cap: bigint }): bigint => cap;

const departed = (table: Table, start: bigint): AgreementVerdict => {
  const names = departuresOf(table.voters).map(
    ({ nodeId, height }) => `${nodeId} departs at block ${height}`,
  );
  const code = table.input.rule === 'all' ? 'VALIDATOR_DIFFERS' : 'QUORUM_NOT_REACHED';
  return disputed(code, `No block from ${start} on is agreed: ${names.join(', ') || 'too few validators'}.`);
};

/** No block above the last end can be agreed. Do enough voters still hold that one? */
function* standStill(table: Table, head: bigint, monitor: Answered): Search<Verdict> {
  const { lastEnd } = table.input;
  const holding = table.voters.filter(({ differs }) => differs === undefined).length;
  if (lastEnd === undefined || holding >= table.needed()) return nothingNew(table, head, monitor);
  const stopped = yield* narrow(table, lastEnd.number);
  return stopped ?? departed(table, lastEnd.number + 1n);
}

/** The search proper, once the last end is known to stand. */
function* agreeFrom(table: Table, start: bigint, monitor: Answered): Search<Verdict> {
  const heads = table.headAt(start - 1n) ?? monitor.head;
  const top = topBelow(table, heads, monitor);
  if (top < start) return yield* standStill(table, heads, monitor);
  const late = behind(table, top, start);
  if (late) return late;
  const stopped = yield* narrow(table, top);
  if (stopped) return stopped;
  const agreed = nthLargest(table.voters.map(potentialOf), table.needed());
  if (agreed === undefined || agreed < start) return departed(table, start);
  return yield* finish(table, { start, end: agreed }, monitor);
}

/** Keeps the wanted distance to the head of those who hold the monitor's chain, and confirms what is left. */
function* finish(table: Table, { start, end: agreed }: BlockRange, monitor: Answered): Search<Verdict> {
  // Only now is it known who holds the monitor's chain: the heads of the others confirm nothing of it.
  const head = table.headAt() ?? monitor.head;
  const confirmed = topBelow(table, head, monitor);
  if (confirmed < start) return nothingNew(table, head, monitor);
  if (head - monitor.head > STALLED_BLOCKS) {
    table.warnings.push({
      code: 'MONITOR_STALLED',
      message: `Monitor ${table.input.monitorId} is at block ${monitor.head}, but the head is ${head}.`,
      nodes: [table.input.monitorId],
      height: monitor.head,
    });
  }
  return yield* confirm(table, start, agreed < confirmed ? agreed : confirmed);
}

/** One try: `moved` when the nodes changed their chain while they were asked. */
function* attempt(table: Table): Search<Verdict> {
  const { input } = table;
  table.restart();
  const opening = yield* ask(table, input.lastEnd === undefined ? [] : [input.lastEnd.number]);
  const refused = table.judgeOpening(opening);
  if (refused) return refused;
  const monitor = opening.get(input.monitorId);
  if (monitor?.kind !== 'answered') return 'moved';
  const stale = yield* checkLastEnd(table, opening, monitor);
  if (stale) return stale;
  return yield* agreeFrom(table, input.lastEnd === undefined ? 0n : input.lastEnd.number + 1n, monitor);
}

/**
 * Finds the highest block that the rule's validators confirm with the monitor's hash. A generator: it yields questions
 * (one batch to every node) and is sent the answers, so that it knows no network and can be run on any history.
 * Agreement is monotone along the chain: it gallops back and cuts into eighths, O(log n) rounds.
 */
export function* searchAgreement(input: AgreementInput): Search<AgreementReport> {
  const table = openTable(input);
  let verdict: Verdict = table.refusal() ?? 'moved';
  for (let tries = 0; verdict === 'moved' && tries < RESTARTS_MAX; tries += 1)
    verdict = yield* attempt(table);
  if (verdict === 'moved')
    verdict = disputed('RANGE_MOVED', 'The nodes change their chain faster than they can be asked.');
  const height = verdict.kind === 'agreed' ? verdict.end : table.disputedAt();
  const through = verdict.kind === 'agreed' ? verdict.backlogEnd : (input.lastEnd?.number ?? 0n);
  return {
    verdict,
    confirmations: confirmationsAt(height, table.voters, table.absentees),
    departures: departuresOf(table.voters),
    head: table.headAt(through),
    rounds: table.rounds,
    lookups: table.lookups,
  };
}
