import type { ErrorCode, Hex } from '#libs/kernel';
import type { Confirmation } from '../backup/backup.events.js';
import type { SurveyAnswers } from './agreement.types.js';

/** What is known of one validator during a search. */
export type Voter = {
  readonly id: string;
  /** Highest height at which it is known to hold the monitor's hash. */
  agrees: bigint;
  /** Lowest height at which it is known to hold another one. */
  differs: Readonly<{ height: bigint; hash: Hex; expected: Hex }> | undefined;
  /** It has no block above this. */
  cap: bigint;
  head: bigint;
  galloped: boolean;
};

/** A validator that can't be counted, and why. */
export type Absentee = Readonly<{
  id: string;
  outcome: Exclude<Confirmation['outcome'], 'agrees' | 'differs' | 'behind'>;
  code: ErrorCode;
  message: string;
  /** What kept it from answering. */
  cause?: ErrorCode;
}>;

/** Highest height a voter may still agree on. */
export const potentialOf = (voter: Voter): bigint =>
  voter.differs !== undefined && voter.differs.height <= voter.cap ? voter.differs.height - 1n : voter.cap;

/** The n-th largest of the values (1 = the largest), `undefined` when there are fewer. */
export const nthLargest = (values: readonly bigint[], n: number): bigint | undefined =>
  [...values].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))[n - 1];

/** Inner points asked of an open interval in one batch: each round makes it eight times smaller. */
const INNER_POINTS = 7n;

/** Heights to ask next about a voter; none when its departure (or its agreement up to its cap) is known exactly. */
export const openHeights = (voter: Voter): readonly bigint[] => {
  const high = potentialOf(voter);
  if (voter.agrees >= high) return [];
  if (voter.differs === undefined) return [high];
  if (!voter.galloped) {
    voter.galloped = true;
    return gallop(voter.agrees, high);
  }
  return inner(voter.agrees, high);
};

/** `high`, and below it at distances 1, 2, 4, ... down to just above `low`. */
export const gallop = (low: bigint, high: bigint): readonly bigint[] => {
  const heights: bigint[] = [high];
  for (let distance = 1n; high - distance > low; distance *= 2n) heights.push(high - distance);
  return heights;
};

/** At most INNER_POINTS heights of `(low, high]` that cut it evenly, `high` among them when it is short. */
export const inner = (low: bigint, high: bigint): readonly bigint[] => {
  const width = high - low;
  if (width <= INNER_POINTS) return Array.from({ length: Number(width) }, (_, i) => low + 1n + BigInt(i));
  return Array.from(
    { length: Number(INNER_POINTS) },
    (_, i) => low + ((BigInt(i) + 1n) * width) / (INNER_POINTS + 1n),
  );
};

/** Folds the answers about `heights` into the voters. */
export const learn = (
  voters: readonly Voter[],
  heights: readonly bigint[],
  answers: SurveyAnswers,
  monitorHash: (height: bigint) => Hex,
): void => {
  for (const voter of voters) {
    const answer = answers.get(voter.id);
    if (answer?.kind !== 'answered') continue;
    for (const height of heights) {
      const said = answer.heights.get(height);
      if (said?.kind === 'header') compare(voter, height, said.header.hash, monitorHash(height));
      else if (said?.kind === 'above-head') voter.cap = height - 1n < voter.cap ? height - 1n : voter.cap;
    }
  }
};

const compare = (voter: Voter, height: bigint, hash: Hex, expected: Hex): void => {
  if (hash === expected) {
    if (height > voter.agrees) voter.agrees = height;
    // It has got a block since it named its head.
    if (height > voter.cap) voter.cap = height;
  } else if (voter.differs === undefined || height < voter.differs.height) {
    voter.differs = { height, hash, expected };
  }
};

/** Is it known at which height this voter first holds another hash, not only that it does higher up? */
export const isExact = ({ agrees, differs }: Voter): boolean =>
  differs !== undefined && agrees === differs.height - 1n;

/** Is it known what this voter says of a height? */
export const isDecided = ({ agrees, differs, head }: Voter, height: bigint): boolean =>
  agrees >= height || head < height || (differs !== undefined && differs.height <= height);

/** The height at which a voter contradicts what it said before: a chain can't be held above a block it has left. */
export const contradictionOf = (voter: Voter): bigint | undefined => {
  if (voter.agrees <= potentialOf(voter)) return undefined;
  return voter.differs !== undefined && voter.differs.height <= voter.cap
    ? voter.differs.height
    : voter.cap + 1n;
};
