import type { ErrorCode, Hex, LinkedBlockRef } from '#libs/kernel';
import type { SurveyAnswer } from './agreement.types.js';

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;

/** JSON holds block numbers exactly up to here; no chain gets there. */
export const HEIGHT_MAX = 2n ** 53n - 1n;

/** A node whose answers do not fit together, and where. */
export type Misfit = Readonly<{ id: string; height: bigint; code: ErrorCode; message: string }>;

/** What is wrong with an answer by itself: heights no chain has, another block than the one asked for. */
export const faultOf = ({ head, heights }: Answered): string | undefined => {
  if (head > HEIGHT_MAX) return `claims a head above ${HEIGHT_MAX}`;
  for (const [height, said] of heights) {
    if (said.kind === 'header' && said.header.number !== height)
      return `returned block ${said.header.number} instead of ${height}`;
  }
  return undefined;
};

/** What each node said of each height in one try: whoever takes back what it said is noticed. */
export class Words {
  private readonly said = new Map<string, Map<bigint, Hex>>();

  /** Remembers an answer; the first place at which it does not fit with itself or with an earlier one. */
  hear(id: string, answer: Answered): Misfit | undefined {
    const known = this.said.get(id) ?? new Map<bigint, Hex>();
    this.said.set(id, known);
    const takenBack = [...answer.heights.keys()].find((height) => {
      const before = known.get(height);
      return before !== undefined && before !== headerOf(answer, height)?.hash;
    });
    for (const height of answer.heights.keys()) {
      const header = headerOf(answer, height);
      if (header) known.set(height, header.hash);
    }
    if (takenBack !== undefined) return changed(id, takenBack);
    const loose = [...answer.heights.keys()].find((height) => !isLinked(answer, height));
    return loose === undefined ? undefined : unlinked(id, loose);
  }
}

const headerOf = ({ heights }: Answered, height: bigint): LinkedBlockRef | undefined => {
  const said = heights.get(height);
  return said?.kind === 'header' ? said.header : undefined;
};

/** Does a header name the one below it as its parent, as far as both were given? */
const isLinked = (answer: Answered, height: bigint): boolean => {
  const [parent, header] = [headerOf(answer, height - 1n), headerOf(answer, height)];
  return parent === undefined || header === undefined || header.parentHash === parent.hash;
};

const changed = (id: string, height: bigint): Misfit => ({
  id,
  height,
  code: 'RANGE_MOVED',
  message: `changed its answer for block ${height} while it was asked`,
});

const unlinked = (id: string, height: bigint): Misfit => ({
  id,
  height,
  code: 'NODE_ANSWER_INVALID',
  message: `gave block ${height} a parent that is not the block it gave for ${height - 1n}`,
});

/** A voter that holds the monitor's block above one that it does not hold. */
export const contradiction = (id: string, height: bigint): Misfit => ({
  id,
  height,
  code: 'RANGE_MOVED',
  message: `left the chain at block ${height}, but held a block above it`,
});
