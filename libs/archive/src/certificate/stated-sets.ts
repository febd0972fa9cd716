import type { Hex } from '#libs/kernel';
import type { BlockSeals } from '../seal/block-seals.js';
import { quorumOfSeals } from './rules.js';

/**
 * Validators that a contract chose, in force after `block`, as nodes stated them. Evidence, not proof: it counts when
 * at least `needed` nodes stated the same.
 */
export type StatedValidators = Readonly<{
  block: bigint;
  validators: readonly Hex[];
  /** The node that was asked first. */
  node: string;
  /** All nodes that stated this set. */
  nodes?: readonly string[] | undefined;
  /** How many must state it by the rule of the environment; absent where one node was asked. */
  needed?: number | undefined;
}>;

/** Did as many nodes as the rule needs state this set? */
export const isStatedEnough = ({ nodes, needed }: StatedValidators): boolean =>
  needed !== undefined && needed > 0 && new Set(nodes).size >= needed;

/** Who stated a set, in words. */
export const statedByText = ({ node, nodes, needed }: StatedValidators): string =>
  needed === undefined ? `by ${node} alone` : `by ${new Set(nodes).size} nodes, ${needed} are needed`;

/** The set that was stated for a block; `isExact` when the statement is about the block itself, not an older one. */
export type ChosenSet = Readonly<{ stated: StatedValidators; isExact: boolean }>;

/**
 * Of the sets in force after the block before and after this one, the one that sealed; `undefined` when nothing was
 * stated. Clients differ in whether they state the set of a block or that of the next. `stated` rises by block.
 */
export const chosenSet = (
  stated: readonly StatedValidators[],
  { number, seals }: BlockSeals,
): ChosenSet | undefined => {
  const after = (block: bigint) => stated.findLast((each) => each.block <= block);
  const candidates = [after(number - 1n), after(number)].filter((each) => each !== undefined);
  const fits = candidates.find(
    ({ validators }) =>
      seals.length >= quorumOfSeals(validators.length) &&
      seals.every(({ signer }) => signer !== undefined && validators.includes(signer)),
  );
  const chosen = fits ?? candidates[0];
  return chosen && { stated: chosen, isExact: number - chosen.block <= 1n };
};
