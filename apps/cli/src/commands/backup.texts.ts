import type { HistoryDocument } from '#libs/archive';
import { hintOf } from '#libs/kernel';
import type { Run } from '../service/api-client.js';
import { table } from '../terminal/table.js';
import { findingLines } from './findings.js';

const OUTCOMES: Readonly<Record<string, string>> = {
  completed: 'is complete',
  skipped: 'found nothing new to back up',
  disputed: 'is disputed',
  failed: 'failed',
  coalesced: 'was merged into the queued run',
};

/** Who said that there is nothing new, and at which blocks they are. */
const skippedBy = ({ state, confirmations }: Run): string => {
  const agreeing = confirmations.filter(({ outcome }) => outcome === 'agrees');
  const heads = agreeing.flatMap(({ head }) => head ?? []);
  if (state !== 'skipped' || heads.length === 0) return '';
  const [low, high] = [Math.min(...heads), Math.max(...heads)];
  const where = low === high ? `block ${low}` : `blocks ${low} to ${high}`;
  return `: ${agreeing.length} of ${confirmations.length} validators are at ${where}`;
};

/** What became of a run. */
export const runText = (run: Run): string => {
  const { _id: id, state, range, files, departures, findings, error } = run;
  const blocks =
    state === 'completed' && range !== undefined ? `: blocks ${range.start_block} to ${range.end_block}` : '';
  return [
    `Run ${id} ${OUTCOMES[state] ?? `is ${state}`}${blocks}${skippedBy(run)}.`,
    ...files.map(({ file, bytes }) => `  ${file}  ${bytes} bytes`),
    ...departures.map(({ node_id: node, height }) => `  fork: ${node} from block ${height}`),
    // Its error goes to standard error.
    ...findingLines(findings.filter(({ code }) => code !== error?.code)),
  ].join('\n');
};

/** The error of a run that did not end well. */
export const runFailure = ({ state, error }: Run): string | undefined => {
  if (state !== 'disputed' && state !== 'failed') return undefined;
  const { code = 'INTERNAL', message = `The run is ${state}.`, hint } = error ?? {};
  return `error ${code}: ${message}\nhint: ${hint ?? hintOf(code)}`;
};

const KINDS = { geth: 'geth', quorum: 'GoQuorum', besu: 'Besu' } as const;

export const historyText = ({ latest_backup: latest, provider, history }: HistoryDocument): string =>
  [
    table(
      ['file', 'start', 'end', 'canonical', 'end hash'],
      history.map(({ file, start_block: start, end_block: end, canonical_chain: canonical }) => [
        file,
        start.block,
        end.block,
        canonical ? 'yes' : 'no',
        end.hash,
      ]),
    ),
    `${history.length} ${history.length === 1 ? 'file' : 'files'} of a ${KINDS[provider]} chain; latest backup ${latest ?? 'none'}.`,
  ].join('\n');
