import { CodedError, type Hex } from '#libs/kernel';

import type { ChainNode, Survey } from '../chain-node.js';

/** A part of a segment that one node gives: both hashes were said alike by every node that takes part. */
export type Stripe = Readonly<{ start: bigint; end: bigint; parentHash: Hex | undefined; endHash: Hex }>;

export type NodeFailure = Readonly<{ node: ChainNode; error: CodedError }>;

/** What a node said of the heights that were asked; a header it lacks is `undefined`. */
export type Voice = Readonly<{ node: ChainNode; hashes: readonly (Hex | undefined)[] }>;

export const voiceOf = (node: ChainNode, { headers }: Survey): Voice => ({
  node,
  hashes: headers.map((finding) => (finding.kind === 'header' ? finding.header.hash : undefined)),
});

export type CrossCheck = Readonly<{
  /** One hash a height, or nothing when no side has the majority somewhere. */
  hashes: readonly Hex[] | undefined;
  dissenters: readonly NodeFailure[];
}>;

/** The hash that most name at a place, `undefined` without a majority of those who name one. */
const majorityAt = (voices: readonly Voice[], place: number): Hex | undefined => {
  const counts = new Map<Hex, number>();
  for (const { hashes } of voices) {
    const hash = hashes[place];
    if (hash !== undefined) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  const named = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts].find(([, count]) => count * 2 > named)?.[0];
};

/**
 * Compares what nodes say of the same heights. The last height is the agreed end: who has another hash there takes no
 * part at all; elsewhere who departs from the majority is named.
 */
export const crossCheck = (
  voices: readonly Voice[],
  { heights, endHash }: Readonly<{ heights: readonly bigint[]; endHash: Hex }>,
): CrossCheck => {
  const last = heights.length - 1;
  const canonical = voices.filter(({ hashes }) => hashes[last] === endHash);
  const hashes = heights.map((_height, place) => majorityAt(canonical, place));
  const dissenters = voices.flatMap(({ node, hashes: said }): readonly NodeFailure[] => {
    const place = said.findIndex((hash, at) => hash !== (at === last ? endHash : hashes[at]));
    if (place < 0) return [];
    const [block, expected, hash] = [heights[place], place === last ? endHash : hashes[place], said[place]];
    return [{ node, error: departs(node.id, { block, expected, hash }) }];
  });
  const agreed = hashes.filter((hash) => hash !== undefined);
  const isClear = agreed.length === hashes.length;
  return {
    hashes: isClear ? agreed : undefined,
    dissenters: isClear ? dissenters : [],
  };
};

const departs = (
  node: string,
  {
    block,
    expected,
    hash,
  }: Readonly<Record<'expected' | 'hash', Hex | undefined>> & { block: bigint | undefined },
): CodedError => {
  const context = { node, block, has: hash, expected };
  return hash === undefined
    ? new CodedError('NODE_HISTORY_PRUNED', `Node ${node} has no header of block ${block ?? '?'}.`, {
        context,
      })
    : new CodedError(
        'RANGE_MOVED',
        `Node ${node} has ${hash} at block ${block ?? '?'}, the others ${expected ?? '?'}.`,
        {
          context,
        },
      );
};
