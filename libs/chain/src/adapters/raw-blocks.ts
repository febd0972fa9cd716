import { isCodedError, type BlockRange, type Clock, type CodedError } from '#libs/kernel';

import type { AskOptions, RawBlock, RawBlockOptions } from '../chain-node.js';
import { nodeError } from '../rpc/node-identity.js';
import { AnswerMeter, TooMuchAtOnce } from '../rpc/answer-meter.js';
import type { CallOptions, RpcClient } from '../rpc/rpc-client.js';
import { isAbsence } from './absence.js';
import { AnswerReader } from './answers.js';
import type { FetchedBlock, FetchedBlocks } from './fetched-block.js';
import { oldestBody } from './oldest-body.js';
import { Pace } from './pace.js';
import { Pulse } from './pulse.js';
import type { RawSource } from './raw-source.js';
import { headerCall } from './survey.js';

const IN_FLIGHT_BYTES_MAX = 16 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
/** When a block that a node should have is asked for again. */
const AGAIN_MS = [0, 250, 1_000];
/** Largest share of the time used while a node is busy with other work. */
const BUSY_SHARE = 0.5;

/** Blocks of one question, whose memory is held until they were used. */
type HeldBlocks = Readonly<{ blocks: FetchedBlocks; meter: AnswerMeter }>;
/** A question under way; `begin` when nothing before it is, so that it may ask for large blocks. */
type Underway = Readonly<{ numbers: readonly bigint[]; held: Promise<HeldBlocks>; begin: () => void }>;

type Parts = Readonly<{ client: RpcClient; source: RawSource; clock: Clock; lanesMax: number }>;

/** Waits for the end of a question that nobody waits for any more, and gives back what it holds. */
const abandoned = async ({ held, begin }: Underway): Promise<void> => {
  begin();
  await held.then(
    ({ meter }) => {
      meter.release();
    },
    () => undefined,
  );
};

/** Streams blocks in order with several batches in flight; what was learned about the node's pace is kept. */
export class RawBlockStreamer {
  private readonly parts: Parts;
  private readonly pace: Pace;
  private readonly pulse: Pulse;

  constructor(parts: Parts) {
    this.parts = parts;
    this.pace = new Pace({ inFlightBytesMax: IN_FLIGHT_BYTES_MAX, lanesMax: parts.lanesMax, itemsMax: 500 });
    this.pulse = new Pulse(parts.client, parts.clock, (ms) => {
      this.pace.onLatency(ms);
    });
  }

  async *stream(range: BlockRange, options: RawBlockOptions = {}): AsyncGenerator<RawBlock> {
    const controller = new AbortController();
    const onAbort = (): void => {
      controller.abort(options.signal?.reason);
    };
    options.signal?.throwIfAborted();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const under: Underway[] = [];
    try {
      const ask = { timeoutMs: options.timeoutMs ?? TIMEOUT_MS, signal: controller.signal };
      for await (const { blocks, meter } of this.batches(range, { ...options, ...ask }, under)) {
        for (const block of blocks) {
          // It may be large itself, and must not wait for the memory of its own batch.
          if (block.bytes.length === 0) meter.release();
          yield block.bytes.length > 0 ? block : await this.secondLook(block, ask);
        }
      }
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      controller.abort();
      await Promise.all([...under.map(abandoned), this.pulse.settle()]);
    }
  }

  /** `under` holds the batches in flight, oldest first; it is topped up before the oldest one is handed out. */
  private async *batches(
    range: BlockRange,
    options: RawBlockOptions,
    under: Underway[],
  ): AsyncGenerator<HeldBlocks> {
    const ask: AskOptions = options;
    await this.parts.source.method(ask);
    if (this.pace.needsLatency) await this.pulse.take(ask);
    const share = options.share ?? 1;
    this.pace.inFlightBytesMax = options.inFlightBytesMax ?? IN_FLIGHT_BYTES_MAX;
    let next = range.start;
    const topUp = (): void => {
      const lanes = share < 1 ? 1 : this.pace.lanes;
      while (under.length < lanes && next <= range.end) {
        const numbers = this.numbers(next, range.end);
        next += BigInt(numbers.length);
        under.push(this.started(numbers, ask));
      }
    };
    topUp();
    for (let first = under[0]; first !== undefined; first = under[0]) {
      const startedMs = this.parts.clock.monotonicMs();
      first.begin();
      const { blocks, meter } = await first.held;
      void under.shift();
      try {
        for (const rest of restOf(first.numbers, blocks)) under.unshift(this.started(rest, ask));
        this.pulse.beat(ask);
        const part = this.pace.needsRest ? Math.min(share, BUSY_SHARE) : share;
        if (part < 1) await this.rest(startedMs, part, ask.signal);
        // The next one would wait for the memory of a large block.
        if (!meter.holdsLarge) topUp();
        yield { blocks, meter };
      } finally {
        meter.release();
      }
      topUp();
    }
  }

  private numbers(from: bigint, end: bigint): bigint[] {
    const left = end - from + 1n;
    const items = Math.min(this.pace.items, this.parts.client.batchItemsMax);
    const count = left < BigInt(items) ? Number(left) : items;
    return Array.from({ length: count }, (_, index) => from + BigInt(index));
  }

  private started(numbers: readonly bigint[], ask: AskOptions): Underway {
    let begin = (): void => undefined;
    const mayBegin = new Promise<void>((resolve) => (begin = resolve));
    const held = this.fetch(numbers, ask, mayBegin);
    void held.catch(() => undefined); // It may fail before it is its turn to be awaited.
    return { numbers, held, begin };
  }

  /** The first of these blocks: all of them, unless they are more than is held at once. */
  private async fetch(
    numbers: readonly bigint[],
    ask: AskOptions,
    mayBegin: Promise<void>,
  ): Promise<HeldBlocks> {
    for (let first = numbers; ; first = first.slice(0, first.length >> 1)) {
      const meter = new AnswerMeter(mayBegin);
      const parts = new AbortController();
      const signal = AbortSignal.any([parts.signal, ...(ask.signal ? [ask.signal] : [])]);
      try {
        return { blocks: await this.fetchTogether(first, { ...ask, signal, meter }), meter };
      } catch (error) {
        parts.abort();
        meter.release();
        if (!(error instanceof TooMuchAtOnce)) throw error;
        if (first.length > 1) continue;
        throw nodeError(
          'NODE_ANSWER_TOO_LARGE',
          this.parts.client.label,
          `gives too much for block ${first[0] ?? 0n}`,
        );
      }
    }
  }

  private async fetchTogether(numbers: readonly bigint[], ask: CallOptions): Promise<FetchedBlocks> {
    const startedMs = this.parts.clock.monotonicMs();
    try {
      const blocks = await this.parts.source.fetch(numbers, ask);
      const bytes = blocks.reduce((sum, block) => sum + block.bytes.length, 0);
      this.pace.onSuccess(numbers.length, bytes, this.parts.clock.monotonicMs() - startedMs);
      return blocks;
    } catch (error) {
      this.pace.onFailure();
      throw error;
    }
  }

  private async rest(startedMs: number, share: number, signal: AbortSignal | undefined): Promise<void> {
    const busyMs = this.parts.clock.monotonicMs() - startedMs;
    await this.parts.clock.sleep(Math.round((busyMs * (1 - share)) / share), signal);
  }

  /**
   * A block that did not come, which its error alone does not explain: geth 1.13 has -32603 for a body that is gone, a
   * gateway for one that was slow. Throws `NODE_HISTORY_PRUNED` only if the node has no older bodies either.
   */
  private async secondLook({ number, error }: FetchedBlock, ask: AskOptions): Promise<RawBlock> {
    const { client, clock, source } = this.parts;
    const latest = await client.call(headerCall('latest').method, headerCall('latest').params, ask);
    const head = new AnswerReader(client.label).header(latest).number;
    if (number > head) {
      throw nodeError('NODE_RPC_ERROR', client.label, `has no block ${number}, its head is ${head}`, {
        context: { block: number, head },
      });
    }
    const oldest = await oldestBody(source, head, ask).catch((failure: unknown) => {
      if (isCodedError(failure)) return undefined;
      throw failure;
    });
    const isGone = isAbsence(error) || oldest === undefined || oldest > number;
    for (const waitMs of isGone ? [0] : AGAIN_MS) {
      await clock.sleep(waitMs, ask.signal);
      const [again] = await source.fetch([number], ask);
      if (again !== undefined && again.bytes.length > 0) return again;
    }
    if (!isGone) throw this.withheld(number, error);
    const has = oldest === undefined ? 'no bodies are found' : `its oldest block is ${oldest}`;
    throw nodeError('NODE_HISTORY_PRUNED', client.label, `has no body of block ${number}; ${has}`, {
      context: { block: number, head, oldestBlock: oldest },
    });
  }

  private withheld(number: bigint, error: CodedError | undefined): CodedError {
    const what = `has older blocks, but gives no block ${number}`;
    const said = error === undefined ? '' : `: ${error.message.replace(/\.$/, '')}`;
    return nodeError('NODE_RPC_ERROR', this.parts.client.label, `${what}${said}`, {
      context: { block: number },
    });
  }
}

/** What of the numbers asked did not come, as one batch or none. */
const restOf = (asked: readonly bigint[] = [], { length }: FetchedBlocks): readonly (readonly bigint[])[] =>
  length < asked.length ? [asked.slice(length)] : [];
