import type { ErrorCode, Hex } from '#libs/kernel';
import { searchAgreement } from './agreement.search.js';
import type { AgreementInput, AgreementReport, HeightAnswer, SurveyAnswer } from './agreement.types.js';

/** A node of the simulated world. `branch` says which branch of the fork tree it holds at a height. */
export type SimNode = Readonly<{
  head: bigint;
  branch: (height: bigint) => number;
  chainId?: bigint;
  genesis?: Hex;
  identity?: string;
  missing?: (height: bigint) => boolean;
  /** Gives no answer, with this code. */
  down?: ErrorCode;
}>;

/** A node, or what it is in each round (from 0): nodes move while they are asked. */
export type SimWorld = Readonly<Record<string, SimNode | ((round: number) => SimNode)>>;

export const hashOf = (branch: number, height: bigint): Hex =>
  `0x${branch.toString(16).padStart(8, '0')}${height.toString(16).padStart(56, '0')}`;

export const GENESIS = hashOf(0, 0n);

export const onMain = (head: bigint, more: Partial<SimNode> = {}): SimNode => ({
  head,
  branch: () => 0,
  ...more,
});

/** A node on `branch` from `from` on, on the main chain below. */
export const onBranch = (
  branch: number,
  from: bigint,
  head: bigint,
  more: Partial<SimNode> = {},
): SimNode => ({ head, branch: (height) => (height >= from ? branch : 0), ...more });

const heightAnswer = (node: SimNode, height: bigint): HeightAnswer => {
  if (height > node.head) return { kind: 'above-head' };
  if (node.missing?.(height)) return { kind: 'missing' };
  const parentHash = height === 0n ? hashOf(0, 0n) : hashOf(node.branch(height - 1n), height - 1n);
  return {
    kind: 'header',
    header: { number: height, hash: hashOf(node.branch(height), height), parentHash },
  };
};

const answerOf = (node: SimNode, heights: readonly bigint[]): SurveyAnswer => {
  if (node.down) return { kind: 'failed', code: node.down, message: 'no answer' };
  return {
    kind: 'answered',
    head: node.head,
    chainId: node.chainId ?? 1n,
    genesisHash: node.genesis ?? GENESIS,
    nodeId: node.identity,
    heights: new Map(heights.map((height) => [height, heightAnswer(node, height)])),
  };
};

export const inputOf = (
  validatorIds: readonly string[],
  changes: Partial<AgreementInput> = {},
): AgreementInput => ({
  monitorId: 'monitor',
  validatorIds,
  excusedIds: [],
  seats: validatorIds.map((id) => [id]),
  rule: 'all',
  minConfirmations: 0n,
  segmentBlocks: 100_001,
  lastEnd: undefined,
  fileEnds: [],
  supersededStarts: [],
  genesisHash: undefined,
  chainId: undefined,
  ...changes,
});

export type Outcome = AgreementReport & Readonly<{ batches: number; waitedMs: number }>;

/**
 * Runs a search against the world and checks what it counted itself. The stored files hold branch 0, unless the input
 * gives what can be read of them.
 */
export const searchIn = (world: SimWorld, input: AgreementInput): Outcome => {
  const stored = new Map(input.stored);
  const search = searchAgreement({ ...input, stored });
  let step = search.next();
  let round = 0;
  let lookups = 0;
  let waitedMs = 0;
  while (step.done !== true) {
    const { ids, heights, waitMs = 0, stored: asked = [] } = step.value;
    if (input.stored === undefined) for (const height of asked) stored.set(height, hashOf(0, height));
    waitedMs += waitMs;
    lookups += heights.length;
    const answers = new Map(
      ids
        .flatMap((id) => Object.entries(world).filter(([name]) => name === id))
        .map(([id, node]) => [id, answerOf(typeof node === 'function' ? node(round) : node, heights)]),
    );
    round += 1;
    step = search.next(answers);
  }
  if (step.value.rounds !== round || step.value.lookups !== lookups) {
    throw new RangeError(`Counted ${step.value.rounds}/${step.value.lookups}, seen ${round}/${lookups}.`);
  }
  return { ...step.value, batches: round * (input.validatorIds.length + 1), waitedMs };
};
