import type { LiveEnvironment } from '#libs/domain';
import { currentCode, type ErrorCode } from '#libs/kernel';
import type { RunDocument, RunWarningDocument } from '../history-read-models.js';
import { eachOnce, findingOf, type Finding, type Severity } from './finding.js';

/** Warnings of a completed run that put its files in doubt are errors. */
const GRAVE: ReadonlySet<string> = new Set<ErrorCode>(['CERTIFICATE_INVALID', 'VALIDATORS_BELOW_QUORUM']);

const severityOf = (code: string): Severity => (GRAVE.has(code) ? 'error' : 'warning');

const lookedAt = ({ finished_at, phases, requested_at }: RunDocument): string =>
  finished_at ?? phases.at(-1)?.at ?? requested_at;

const OUTCOME = { disputed: 'The run was disputed', failed: 'The run failed' } as const;

const errorOf = (environment: LiveEnvironment, run: RunDocument): readonly Finding[] => {
  const { error, state, confirmations, _id } = run;
  if (error === undefined || (state !== 'disputed' && state !== 'failed')) return [];
  const nodes = confirmations
    .filter(({ outcome }) => outcome !== 'agrees' && outcome !== 'excused')
    .map(({ node_id }) => node_id);
  return [
    findingOf(environment, {
      code: currentCode(error.code) as ErrorCode,
      severity: 'error',
      message: `${OUTCOME[state]}: ${error.message}`,
      cause: error.cause,
      since: lookedAt(run),
      last_looked: lookedAt(run),
      section: `/runs/${_id}`,
      evidence: { run_id: _id, ...(nodes.length === 0 ? {} : { nodes }) },
    }),
  ];
};

const warningOf = (
  environment: LiveEnvironment,
  run: RunDocument,
  { code, message, nodes = [], height }: RunWarningDocument,
): Finding =>
  findingOf(environment, {
    code: currentCode(code) as ErrorCode,
    severity: severityOf(code),
    message,
    since: lookedAt(run),
    last_looked: lookedAt(run),
    nodeId: nodes.length === 1 ? nodes[0] : undefined,
    section: `/runs/${run._id}`,
    evidence: {
      run_id: run._id,
      ...(nodes.length === 0 ? {} : { nodes }),
      ...(height === undefined ? {} : { block: height }),
    },
  });

/** What one run found: why it ended without a backup, and its warnings, in words. */
export const runFindings = (environment: LiveEnvironment, run: RunDocument): readonly Finding[] =>
  eachOnce([
    ...errorOf(environment, run),
    ...run.warnings.map((warning) => warningOf(environment, run, warning)),
  ]);
