import type { Hex } from '#libs/kernel';
import { quorumOf, type AgreementInput, type Seat, type SurveyAnswers } from './agreement.types.js';
import { nthLargest, type Voter } from './voters.js';

/** One way to count the validators, and how many of its seats the rule asks for. */
export type Counting = Readonly<{
  seats: readonly Seat[];
  /** ceil(2N/3) of all seats, absent and excused ones included. */
  quorum: number;
  /** `quorum`, or under `all` every seat that is not excused as a whole. */
  needed: number;
}>;

export const countingOf = (
  seats: readonly Seat[],
  { rule, excusedIds }: Pick<AgreementInput, 'rule' | 'excusedIds'>,
): Counting => {
  const quorum = quorumOf(seats.length);
  const asked = seats.filter((seat) => seat.some((id) => !excusedIds.includes(id))).length;
  return { seats, quorum, needed: rule === 'all' ? asked : quorum };
};

/** Groups of node ids that belong together by any of the `keys` they have in common. */
export const joined = (
  seats: readonly Seat[],
  keysOf: (id: string) => readonly string[],
): readonly Seat[] => {
  let groups: readonly Readonly<{ ids: readonly string[]; keys: ReadonlySet<string> }>[] = [];
  for (const seat of seats) {
    const keys = new Set(seat.flatMap(keysOf));
    const meets = groups.filter((group) => [...keys].some((key) => group.keys.has(key)));
    const merged = {
      ids: [...meets.flatMap(({ ids }) => ids), ...seat],
      keys: new Set([...meets.flatMap((group) => [...group.keys]), ...keys]),
    };
    const [first] = meets;
    groups =
      first === undefined
        ? [...groups, merged]
        : groups.flatMap((group) => (group === first ? [merged] : meets.includes(group) ? [] : [group]));
  }
  return groups.map(({ ids }) => ids);
};

const present = (seat: Seat, voters: readonly Voter[]): readonly Voter[] =>
  voters.filter(({ id }) => seat.includes(id));

/**
 * Highest height that a seat may still agree on: as far as its highest node has blocks, but below the first height at
 * which one of its nodes differs. `undefined` when none of its nodes votes.
 */
export const reachOf = (seat: Seat, voters: readonly Voter[]): bigint | undefined => {
  const nodes = present(seat, voters);
  const cap = nthLargest(
    nodes.map((voter) => voter.cap),
    1,
  );
  const departs = nodes.flatMap(({ differs }) => (differs ? [differs.height - 1n] : []));
  return cap === undefined ? undefined : departs.reduce((low, each) => (each < low ? each : low), cap);
};

/** The head of a seat; `undefined` when none of its nodes votes or one of them differs at or below `through`. */
export const headOf = (seat: Seat, voters: readonly Voter[], through: bigint): bigint | undefined => {
  const nodes = present(seat, voters);
  if (nodes.some(({ differs }) => differs !== undefined && differs.height <= through)) return undefined;
  return nthLargest(
    nodes.map(({ head }) => head),
    1,
  );
};

/** The one hash that the voting nodes of a seat gave for a height; none when they contradict each other. */
export const saidBy = (
  seat: Seat,
  voters: readonly Voter[],
  answers: SurveyAnswers,
  height: bigint,
): Hex | undefined => {
  const hashes = new Set<Hex>();
  for (const { id } of present(seat, voters)) {
    const answer = answers.get(id);
    const said = answer?.kind === 'answered' ? answer.heights.get(height) : undefined;
    if (said?.kind === 'header') hashes.add(said.header.hash);
  }
  const [hash] = hashes;
  return hashes.size === 1 ? hash : undefined;
};
