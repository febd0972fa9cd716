import type { SegmentContent } from '#libs/archive';
import { backoffDelayMs, CodedError, isCodedError, type BackoffPolicy } from '#libs/kernel';

import type { ChainNode } from '../chain-node.js';
import { ChunkWriter } from './chunk-writer.js';
import type { GatherDeps, GatherRequest, GatherSource } from './gather-request.js';
import { StripedGathering, type TakeBlock } from './striped-gathering.js';

export type GatherSummary = SegmentContent & Readonly<{ sources: readonly GatherSource[] }>;

const RETRY: BackoffPolicy = { baseMs: 500, factor: 2, delayMaxMs: 10_000, attemptsMax: 4 };
const STALL_MS = 5 * 60_000;
const CHECK_TIMEOUT_MS = 15_000;

/**
 * Gathers the rest of a segment: every block is checked before the sink sees it. A failing node is tried again with
 * bounds, then the next one goes on at the first missing block; a node that lies is not asked again.
 * Throws the error of the node that failed last, with those of the others in its context; `RANGE_MOVED` when no
 * node has the agreed end; what the sink throws; the signal's reason.
 */
export const gatherSegment = async (request: GatherRequest, deps: GatherDeps): Promise<GatherSummary> => {
  return new Gathering(request, deps).run();
};

const isFinal = ({ error }: Readonly<{ error: CodedError }>): boolean =>
  !error.retryable || error.code === 'RANGE_MOVED';

class Gathering {
  private readonly request: GatherRequest;
  private readonly deps: GatherDeps;
  private readonly writer: ChunkWriter;
  private readonly sources: GatherSource[] = [];
  private readonly failures: { node: string; error: CodedError }[] = [];
  private progressMs: number;

  constructor(request: GatherRequest, deps: GatherDeps) {
    this.request = request;
    this.deps = deps;
    this.writer = new ChunkWriter(request.sink);
    this.progressMs = deps.clock.monotonicMs();
  }

  async run(): Promise<GatherSummary> {
    const { nodes, collector, striped = false } = this.request;
    if (striped && nodes.length > 1) await this.gatherStriped();
    // Who only failed for a while is asked again, now with patience; who lied is not.
    const lost = new Set(this.failures.filter(isFinal).map(({ node }) => node));
    for (const node of nodes.filter(({ id }) => !lost.has(id))) {
      if (collector.isComplete) break;
      await this.exhaust(node);
    }
    if (!collector.isComplete) throw this.failure();
    return { ...collector.summary(), sources: this.sources };
  }

  private async gatherStriped(): Promise<void> {
    const { collector } = this.request;
    const take: TakeBlock = async (block, bytes, node) => {
      collector.take(block, node.id);
      if (this.writer.add(bytes)) await this.flush(node);
    };
    const [first] = this.request.nodes;
    try {
      const { sources, failures } = await new StripedGathering(this.request, this.deps, take).run();
      this.sources.push(...sources);
      this.failures.push(...failures.map(({ node, error }) => ({ node: node.id, error })));
    } finally {
      if (first && !this.writer.hasFailed) await this.flush(first);
    }
  }

  /** Asks one node until the segment is complete or the node is given up. Progress resets the attempts. */
  private async exhaust(node: ChainNode): Promise<void> {
    const { collector, signal } = this.request;
    for (let attempt = 1; ; attempt++) {
      const from = collector.next;
      const error = await this.attempt(node);
      if (!error) return;
      if (collector.next > from) attempt = 1;
      const delayMs = this.delayMs(error, attempt);
      if (delayMs === undefined) {
        this.failures.push({ node: node.id, error });
        return;
      }
      await this.deps.clock.sleep(delayMs, signal);
    }
  }

  private delayMs(error: CodedError, attempt: number): number | undefined {
    if (isFinal({ error })) return undefined;
    const stalledMs = this.deps.clock.monotonicMs() - this.progressMs;
    if (stalledMs > (this.deps.stallMs ?? STALL_MS)) return undefined;
    return backoffDelayMs(this.deps.retry ?? RETRY, attempt, this.deps.random());
  }

  /** One pass over the node; returns what the node did wrong and throws what others did (sink, abort). */
  private async attempt(node: ChainNode): Promise<CodedError | undefined> {
    const { collector, signal } = this.request;
    const first = collector.next;
    try {
      await this.checkEnd(node);
      await this.stream(node);
      return undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (this.writer.hasFailed || !isCodedError(error)) throw error;
      return error;
    } finally {
      if (!this.writer.hasFailed) await this.flush(node);
      if (collector.next > first) {
        this.sources.push({ node: node.id, first, last: collector.next - 1n });
      }
    }
  }

  /** A node on another branch is passed over before it is believed a single block. */
  private async checkEnd(node: ChainNode): Promise<void> {
    const { collector, signal } = this.request;
    const { range, endHash } = collector.target;
    const { headers } = await node.survey([range.end], { timeoutMs: CHECK_TIMEOUT_MS, signal });
    const [end] = headers;
    if (end?.kind === 'header' && end.header.hash === endHash) return;
    if (end?.kind === 'missing') {
      throw new CodedError('NODE_HISTORY_PRUNED', `Node ${node.id} has no header of block ${range.end}.`, {
        context: { node: node.id, block: range.end },
      });
    }
    const has = end?.kind === 'header' ? end.header.hash : 'nothing';
    throw new CodedError('RANGE_MOVED', `Node ${node.id} has ${has} at block ${range.end}, not ${endHash}.`, {
      context: { node: node.id, block: range.end, has, agreed: endHash },
    });
  }

  private async stream(node: ChainNode): Promise<void> {
    const { collector, signal, shareOf } = this.request;
    const range = { start: collector.next, end: collector.target.range.end };
    const options = { signal, share: shareOf?.(node) ?? 1 };
    for await (const block of node.rawBlocks(range, options)) {
      collector.add(block.bytes, node.id);
      if (!this.writer.add(block.bytes)) continue;
      await this.flush(node);
      signal?.throwIfAborted();
    }
  }

  private async flush(node: ChainNode): Promise<void> {
    const { collector, onProgress } = this.request;
    if (!(await this.writer.flush(collector.next - 1n))) return;
    this.progressMs = this.deps.clock.monotonicMs();
    onProgress?.({
      next: collector.next,
      end: collector.target.range.end,
      bytes: collector.bytes,
      node: node.id,
    });
  }

  /** The last node's error; when several failed, its context lists them all. */
  private failure(): CodedError {
    const last = this.failures.at(-1);
    if (!last) return new CodedError('NODE_UNREACHABLE', 'There is no node to gather blocks from.');
    if (this.failures.length === 1) return last.error;
    const failures = this.failures.map(({ node, error }) => `${node}: ${error.code}`).join(', ');
    return new CodedError(last.error.code, `${last.error.message} No node is left (${failures}).`, {
      context: { ...last.error.context, failures },
      cause: last.error,
    });
  }
}
