import {
  HISTORY_FILE,
  parseHistoryDocument,
  type HistoryDocument,
  type HistoryDocumentEntry,
  type SegmentSummary,
} from '#libs/archive';
import { readSegmentFileName } from '#libs/domain';
import { CodedError, type ErrorContext } from '#libs/kernel';
import { faultOf, type Fault } from './fault.js';

export const HISTORY_NAME = HISTORY_FILE;

const wrong = (message: string, context: ErrorContext): CodedError =>
  new CodedError('HISTORY_INVALID', message, { context });

/** The byte offset of `needle` in the document's text. It reads the whole text: only for what is wrong. */
const offsetOf = (text: string, needle: string): number | undefined => {
  const at = text.indexOf(needle);
  return at < 0 ? undefined : at;
};

/** Of many faults of one document the first are listed: each is looked for in the whole text. */
const FAULTS_MAX = 100;

/** Hashes are read in any case and written in lower case: an upper-case digit is an altered one. */
const upperCaseFault = (text: string): Fault[] => {
  const found = /"0x[0-9a-fA-F]*[A-F][0-9a-fA-F]*"/.exec(text);
  if (found === null) return [];
  const digit = /[A-F]/.exec(found[0].slice(3));
  const offset = found.index + 3 + (digit?.index ?? 0);
  return [faultOf(HISTORY_NAME, wrong('A hash in the history is not in lower case.', { offset }))];
};

const nameFaults = ({ file, date, ...ends }: HistoryDocumentEntry, index: number, text: string): Fault[] => {
  const name = readSegmentFileName(file);
  const field = `history[${index}]`;
  const place = (): ErrorContext => ({ offset: offsetOf(text, `"${file}"`) });
  if (name === undefined) {
    const message = 'The history lists a file that is not a block file.';
    return [faultOf(HISTORY_NAME, wrong(message, { field, ...place() }))];
  }
  const pairs = [
    ['date', name.date, date],
    ['start_block.block', Number(name.start), ends.start_block.block],
    ['end_block.block', Number(name.end), ends.end_block.block],
  ] as const;
  return pairs
    .filter(([, named, stated]) => named !== stated)
    .map(([part, expected, actual]) => {
      const message = 'The history entry of a file does not match its name.';
      const context = {
        field: `${field}.${part}`,
        ...place(),
        expected: String(expected),
        actual: String(actual),
      };
      return faultOf(HISTORY_NAME, wrong(message, context));
    });
};

const latestFaults = ({ latest_backup: latest, history }: HistoryDocument): Fault[] => {
  if (latest === null || history.some(({ date }) => date === latest)) return [];
  const message = 'The date of the newest backup does not match any file.';
  return [faultOf(HISTORY_NAME, wrong(message, { field: 'latest_backup', actual: latest }))];
};

/** Reads a history document, and says what in it does not fit itself. Throws HISTORY_INVALID when it can't be read. */
export const readHistoryDocument = (
  bytes: Uint8Array,
): Readonly<{ document: HistoryDocument; faults: readonly Fault[] }> => {
  const text = Buffer.from(bytes).toString('utf8');
  const document = parseHistoryDocument(text);
  const inNames: Fault[] = [];
  for (const [index, entry] of document.history.entries()) {
    if (inNames.length >= FAULTS_MAX) break;
    inNames.push(...nameFaults(entry, index, text));
  }
  return { document, faults: [...upperCaseFault(text), ...inNames, ...latestFaults(document)] };
};

/** Does an entry say what its file, which is good in itself, shows? The first thing it does not. */
export const historyMismatch = (
  { index, stated }: Readonly<{ index: number; stated: HistoryDocumentEntry }>,
  { start, end }: SegmentSummary,
): CodedError | undefined => {
  const { start_block: first, end_block: last } = stated;
  const found = [
    ['start_block.hash', first.hash, start.hash],
    ['start_block.parent_hash', first.parent_hash, start.parentHash],
    ['end_block.hash', last.hash, end.hash],
    ['end_block.parent_hash', last.parent_hash, end.parentHash],
  ].find(([, states, shows]) => states !== shows);
  if (found === undefined) return undefined;
  const [part, expected, actual] = found;
  const message = 'The history entry of a file does not match its blocks.';
  return wrong(message, { field: `history[${index}].${part}`, file: stated.file, expected, actual });
};
