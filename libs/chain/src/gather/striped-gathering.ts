import type { CheckedBlock } from '#libs/archive';
import {
  backoffDelayMs,
  CodedError,
  isCodedError,
  toCodedError,
  type BackoffPolicy,
  type Hex,
} from '#libs/kernel';

import type { ChainNode } from '../chain-node.js';
import { checkFrom } from '../check-from.js';
import type { GatherDeps, GatherRequest, GatherSource } from './gather-request.js';
import { crossCheck, voiceOf, type NodeFailure, type Stripe, type Voice } from './stripe.js';

/** Blocks of a stripe, and the bytes they should stay below: whole stripes are held until it is their turn. */
const STRIPE = { firstBlocks: 200, blocksMax: 1_000, bytesMax: 1024 * 1024 };
/** Bytes that one stripe holds; above it blocks are read one after another instead. */
const STRIPE_HELD_MAX = 8 * 1024 * 1024;
/** Stripes of one leg for each node: how far the quickest may run ahead. */
const STRIPES_PER_NODE = 4;
/** Streams from a node that gives all its time; while one waits for its last batch the other asks. */
const STREAMS_MAX = 2;
const SURVEY_MS = 15_000;
/** A node that hangs holds up the leg no longer than this. */
const BATCH_MS = 15_000;
const RETRY: BackoffPolicy = { baseMs: 200, factor: 2, delayMaxMs: 2_000, attemptsMax: 3 };

type Taken = Readonly<{ node: ChainNode; blocks: readonly (readonly [CheckedBlock, Uint8Array])[] }>;
/** Takes a verified block in, in order; resolves when the sink has it. */
export type TakeBlock = (block: CheckedBlock, bytes: Uint8Array, node: ChainNode) => Promise<void>;

type Leg = Readonly<{ stripes: readonly Stripe[]; pending: number[]; taken: Map<number, Taken> }>;

export type StripedResult = Readonly<{ sources: readonly GatherSource[]; failures: readonly NodeFailure[] }>;

/**
 * Gathers a segment from several agreed nodes at the same time. First all of them are asked for the hashes between the
 * stripes, in one batch each. A stripe counts only when its blocks lead from one such hash to the next, so a node that
 * gives a wrong block is known before any of its blocks is used. Ends early when fewer than two nodes are left, and when blocks
 * are too large to be held stripe by stripe.
 */
export class StripedGathering {
  private readonly request: GatherRequest;
  private readonly deps: GatherDeps;
  private readonly take: TakeBlock;
  private readonly usable: Set<ChainNode>;
  private readonly failures: NodeFailure[] = [];
  private readonly sources: GatherSource[] = [];
  /** A stripe was too large to be held. */
  private isTooLarge = false;
  private draining: Promise<void> = Promise.resolve();

  constructor(request: GatherRequest, deps: GatherDeps, take: TakeBlock) {
    this.request = request;
    this.deps = deps;
    this.take = take;
    this.usable = new Set(request.nodes);
  }

  async run(): Promise<StripedResult> {
    const { collector } = this.request;
    while (!collector.isComplete && this.usable.size > 1 && !this.isTooLarge) {
      const stripes = await this.nextStripes();
      if (stripes === undefined) break;
      await this.gather(stripes);
    }
    return { sources: this.sources, failures: this.failures };
  }

  private stripeBlocks(): bigint {
    const { collector } = this.request;
    const blocks = Number(collector.next - collector.target.range.start);
    if (blocks === 0) return BigInt(STRIPE.firstBlocks);
    const fit = Math.floor((STRIPE.bytesMax * blocks) / collector.bytes);
    return BigInt(Math.max(1, Math.min(STRIPE.blocksMax, fit)));
  }

  /** The stripes of the next leg; `undefined` when the nodes do not agree on what lies between them. */
  private async nextStripes(): Promise<readonly Stripe[] | undefined> {
    const { collector } = this.request;
    const { range, endHash } = collector.target;
    const size = this.stripeBlocks();
    const heights: bigint[] = [];
    const count = this.usable.size * STRIPES_PER_NODE;
    for (let end = collector.next + size - 1n; end < range.end && heights.length < count; end += size) {
      heights.push(end);
    }
    // The end of the segment is asked each time: who left the agreed chain meanwhile takes no further part.
    const reachesEnd = heights.length < count;
    const voices = await this.ask([...heights, range.end]);
    const { hashes, dissenters } = crossCheck(voices, { heights: [...heights, range.end], endHash });
    for (const failure of dissenters) this.drop(failure);
    if (hashes === undefined || this.usable.size < 2) return undefined;
    const ends = reachesEnd ? [...heights, range.end] : heights;
    return ends.map((end, index) => ({
      start: index === 0 ? collector.next : (ends[index - 1] ?? 0n) + 1n,
      end,
      parentHash: index === 0 ? collector.parentHash : hashes[index - 1],
      endHash: hashes[index] ?? endHash,
    }));
  }

  private async ask(heights: readonly bigint[]): Promise<readonly Voice[]> {
    const { signal } = this.request;
    const voices = await Promise.all(
      [...this.usable].map(async (node): Promise<readonly Voice[]> => {
        try {
          return [voiceOf(node, await node.survey(heights, { timeoutMs: SURVEY_MS, signal }))];
        } catch (error) {
          signal?.throwIfAborted();
          this.drop({ node, error: toCodedError(error) });
          return [];
        }
      }),
    );
    return voices.flat();
  }

  private drop(failure: NodeFailure): void {
    if (this.usable.delete(failure.node)) this.failures.push(failure);
  }

  private async gather(stripes: readonly Stripe[]): Promise<void> {
    const leg: Leg = { stripes, pending: stripes.map((_stripe, index) => index), taken: new Map() };
    const broken = new AbortController();
    const signals = [broken.signal, ...(this.request.signal ? [this.request.signal] : [])];
    const signal = AbortSignal.any(signals);
    try {
      // A node that fails gives its stripe back when others may have ended already: they begin again.
      while (leg.pending.length > 0 && this.usable.size > 0) {
        const streams = [...this.usable].flatMap((node) => this.streams(node, leg, signal));
        await Promise.all(streams).catch(async (error: unknown) => {
          broken.abort();
          await Promise.allSettled(streams);
          throw error;
        });
      }
    } finally {
      broken.abort();
      await this.draining.catch(() => undefined);
    }
  }

  private streams(node: ChainNode, leg: Leg, signal: AbortSignal): Promise<void>[] {
    const share = this.shareOf(node);
    return Array.from({ length: share < 1 ? 1 : STREAMS_MAX }, () => this.work(node, leg, signal));
  }

  private shareOf(node: ChainNode): number {
    return this.request.shareOf?.(node) ?? 1;
  }

  /** One stripe after another from a node, until none is left or the node is given up. */
  private async work(node: ChainNode, leg: Leg, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; this.usable.has(node);) {
      const index = leg.pending.shift();
      const stripe = index === undefined ? undefined : leg.stripes[index];
      if (index === undefined || stripe === undefined) return;
      const result = await this.fetch(node, stripe, signal);
      if (result === undefined) {
        this.isTooLarge = true;
        leg.pending.length = 0;
        return;
      }
      if ('blocks' in result) {
        attempt = 1;
        leg.taken.set(index, result);
        await this.drained(leg);
        continue;
      }
      leg.pending.unshift(index);
      const delayMs = result.error.retryable
        ? backoffDelayMs(this.deps.retry ?? RETRY, attempt++, this.deps.random())
        : undefined;
      if (delayMs === undefined) this.drop(result);
      else await this.deps.clock.sleep(delayMs, signal);
    }
  }

  /** A stripe whose blocks were all checked, or what the node did wrong; `undefined` when it is too large to be held. */
  private async fetch(
    node: ChainNode,
    stripe: Stripe,
    signal: AbortSignal,
  ): Promise<Taken | NodeFailure | undefined> {
    let held = 0;
    const blocks: (readonly [CheckedBlock, Uint8Array])[] = [];
    let parentHash: Hex | undefined = stripe.parentHash;
    try {
      const options = { signal, share: this.shareOf(node), timeoutMs: BATCH_MS };
      for await (const { number, bytes } of node.rawBlocks(stripe, options)) {
        const checked = checkFrom(bytes, { number, parentHash, source: node.id });
        held += bytes.length;
        if (held > STRIPE_HELD_MAX) return undefined;
        blocks.push([checked, bytes]);
        parentHash = checked.hash;
      }
      if (parentHash === stripe.endHash) return { node, blocks };
      throw new CodedError(
        'BLOCK_HASH_MISMATCH',
        `Block ${stripe.end} from node ${node.id} is not the agreed one.`,
        {
          context: { node: node.id, block: stripe.end, hash: parentHash, agreed: stripe.endHash },
        },
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!isCodedError(error)) throw error;
      return { node, error };
    }
  }

  /** Hands on what is next in order, one caller at a time. */
  private drained(leg: Leg): Promise<void> {
    this.draining = this.draining.then(() => this.drain(leg));
    return this.draining;
  }

  private async drain({ stripes, taken }: Leg): Promise<void> {
    const { collector } = this.request;
    for (;;) {
      const index = stripes.findIndex(({ start }) => start === collector.next);
      const ready = taken.get(index);
      if (ready === undefined) return;
      taken.delete(index);
      const first = collector.next;
      for (const [checked, bytes] of ready.blocks) await this.take(checked, bytes, ready.node);
      this.sources.push({ node: ready.node.id, first, last: collector.next - 1n });
    }
  }
}
