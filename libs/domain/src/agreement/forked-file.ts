import type { BlockRef, Hex } from '#libs/kernel';
import type { Fork, SurveyAnswers, SurveyRequest } from './agreement.types.js';
import type { Table } from './table.js';
import { gallop, inner, nthLargest } from './voters.js';

type Search<T> = Generator<SurveyRequest, T, SurveyAnswers>;
/** Asks every node for heights, and the stored files for the blocks of `stored`. */
type Ask = (heights: readonly bigint[], more?: Pick<SurveyRequest, 'stored'>) => Search<SurveyAnswers>;

/** What a quorum holds below the last end, which none of them reaches. */
export type Below =
  | Readonly<{ kind: 'same'; at: bigint }>
  | Readonly<{ kind: 'differs'; other: BlockRef }>
  /** No quorum holds one hash there, or the stored file can't be read. */
  | Readonly<{ kind: 'unknown'; at: bigint; held: Hex | undefined }>;

const anyHash = (): boolean => true;

/** Compares the highest block that a quorum reaches with the stored one; `undefined` unless a quorum is below the last end. */
export function* compareBelow(table: Table, ask: Ask): Search<Below | undefined> {
  const { lastEnd, fileEnds, stored } = table.input;
  const { seats, quorum } = table.apart;
  const heads = seats.flatMap((seat) => {
    const own = table.voters.flatMap(({ id, head }) => (seat.includes(id) ? [head] : []));
    return nthLargest(own, 1) ?? [];
  });
  const at = nthLargest(heads, quorum);
  if (lastEnd === undefined || at === undefined) return undefined;
  if (heads.filter((head) => head < lastEnd.number).length < quorum) return undefined;
  const answers = yield* ask([at], { stored: [at] });
  const held = table.quorumFor(answers, at, anyHash);
  const known = fileEnds.find(({ number }) => number === at)?.hash ?? stored?.get(at);
  if (held === undefined || known === undefined) return { kind: 'unknown', at, held };
  return held === known ? { kind: 'same', at } : { kind: 'differs', other: { number: at, hash: held } };
}

/**
 * Finds where the nodes left the files, knowing one block that a quorum holds otherwise: first the file, then the block
 * in it. `undefined` when no quorum answers for some end: silence never supersedes a file.
 */
export function* findFork(table: Table, known: BlockRef, ask: Ask): Search<Fork | undefined> {
  const file = yield* findForkedFile(table, known, ask);
  if (file === undefined) return undefined;
  const { keepThrough, other } = file;
  // Block 0 is the same: nodes with another one are foreign.
  const kept = table.input.fileEnds[keepThrough]?.number ?? 0n;
  return { keepThrough, ...(yield* findForkedBlock(table, { low: kept, high: other }, ask)) };
}

/** The last file whose end a quorum still confirms: the file after it holds the fork. */
function* findForkedFile(table: Table, known: BlockRef, ask: Ask): Search<Omit<Fork, 'isFork'> | undefined> {
  const { fileEnds } = table.input;
  let other = known;
  let confirmed = -1;
  let stale = fileEnds.findIndex(({ number }) => number >= known.number);
  let galloped = false;
  while (stale - confirmed > 1) {
    const points = (galloped ? inner : gallop)(BigInt(confirmed), BigInt(stale - 1)).map(Number);
    galloped = true;
    const ends = points.flatMap((index) => {
      const end = fileEnds[index];
      return end === undefined ? [] : [{ index, end }];
    });
    const answers = yield* ask(ends.map(({ end }) => end.number));
    for (const { index, end } of ends) {
      const held = table.quorumFor(answers, end.number, anyHash);
      if (held === undefined) return undefined;
      if (held === end.hash && index > confirmed) confirmed = index;
      if (held !== end.hash && index < stale) {
        stale = index;
        other = { number: end.number, hash: held };
      }
    }
    // Contradicting answers (nodes that move) must not turn the search around.
    if (confirmed >= stale) confirmed = stale - 1;
  }
  return { keepThrough: confirmed, other };
}

const compareWithStored = (table: Table, answers: SurveyAnswers, number: bigint) => ({
  number,
  held: table.quorumFor(answers, number, anyHash),
  stored: table.input.stored?.get(number),
});

/** Cuts into eighths until two neighbours are known, of which the lower one is as stored and the higher one is not. */
function* findForkedBlock(
  table: Table,
  { low, high }: Readonly<{ low: bigint; high: BlockRef }>,
  ask: Ask,
): Search<Pick<Fork, 'other' | 'isFork'>> {
  let same = low;
  let other = high;
  while (other.number - same > 1n) {
    const heights = inner(same, other.number - 1n);
    const answers = yield* ask(heights, { stored: heights });
    const known = heights.map((number) => compareWithStored(table, answers, number));
    if (known.some(({ stored, held }) => stored === undefined || held === undefined))
      return { other, isFork: false };
    other = known.reduce(
      (lowest, { number, held = lowest.hash, stored }) =>
        held !== stored && number < lowest.number ? { number, hash: held } : lowest,
      other,
    );
    // Contradicting answers must not turn the search around.
    const { number: top } = other;
    same = known.reduce(
      (a, { number, held, stored }) => (held === stored && number < top ? number : a),
      same,
    );
  }
  return { other, isFork: true };
}
