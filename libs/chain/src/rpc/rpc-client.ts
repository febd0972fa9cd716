import { setTimeout as wait } from 'node:timers/promises';

import { isCodedError, type Clock } from '#libs/kernel';

import { parseHexAnswer } from './hex-answer.js';
import { Inquiry } from './inquiry.js';
import { LearnedLimit } from './learned-limit.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { parseAnswer, type IdSpan, type ParsedAnswer } from './rpc-answer.js';
import type { Parser, RpcCall, RpcOutcome } from './rpc-call.js';
import type { RpcTransport } from './rpc-transport.js';

export type CallOptions = Readonly<{
  /** Bound on one exchange, in ms. All exchanges and waits of one question take at most twice as long. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** False for the one call that changes something: it is sent once. */
  isRepeatable?: boolean;
}>;

type RpcClock = Pick<Clock, 'monotonicMs' | 'sleep'>;

export type RpcClientOptions = Readonly<{
  /** Items of a batch before anything was learned. */
  batchItemsMax?: number;
  /** Bytes of the answer to a batch; one call alone may take eight times as much. */
  responseBytesMax?: number;
  timeoutMs?: number;
  /** For the waits while a node limits how often it may be asked. */
  clock?: RpcClock;
}>;

const DEFAULTS = {
  batchItemsMax: 1000,
  responseBytesMax: 32 * 1024 * 1024,
  timeoutMs: 30_000,
  clock: {
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => wait(ms, undefined, { signal }),
  } satisfies RpcClock as RpcClock,
};
const SINGLE_FACTOR = 8;
/** Of the time limit of one exchange, for all of a question: nobody holds a run up by refusing slowly. */
const QUESTION_FACTOR = 2;

/**
 * JSON-RPC over any transport: checks ids, keeps to what the node was found to take (`Inquiry`), and gives every
 * failure a code and the node's name.
 */
export class RpcClient {
  readonly label: NodeLabel;
  private readonly transport: RpcTransport;
  private readonly options: Required<RpcClientOptions>;
  private readonly limit: LearnedLimit;
  private nextId = 1;

  constructor(transport: RpcTransport, label: NodeLabel, options: RpcClientOptions = {}) {
    this.label = label;
    this.transport = transport;
    this.options = { ...DEFAULTS, ...options };
    this.limit = new LearnedLimit(this.options.batchItemsMax);
  }

  /** Items a batch may have now, as far as is known. */
  get batchItemsMax(): number {
    return this.limit.max;
  }

  /** One call. Throws the transport's errors, `NODE_METHOD_MISSING` and `NODE_RPC_ERROR`. */
  async call(method: string, params: readonly unknown[] = [], options: CallOptions = {}): Promise<unknown> {
    const [outcome] = await this.batch([{ method, params }], options);
    if (!outcome) throw nodeError('NODE_ANSWER_INVALID', this.label, 'gave no answer');
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  }

  /** Many calls, answered in their order. Throws what concerns all of them; an item's own error is in its outcome. */
  batch(calls: readonly RpcCall[], options: CallOptions = {}): Promise<readonly RpcOutcome[]> {
    return this.run(calls, parseAnswer, options);
  }

  /** Like `batch`, for calls answered by hex strings, decoded from the bytes. An absent value is an empty array. */
  batchHex(calls: readonly RpcCall[], options: CallOptions = {}): Promise<readonly RpcOutcome<Uint8Array>[]> {
    return this.run(calls, parseHexAnswer, options);
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private run<T>(
    calls: readonly RpcCall[],
    parse: Parser<T>,
    { timeoutMs = this.options.timeoutMs, signal, isRepeatable = true }: CallOptions,
  ): Promise<readonly RpcOutcome<T>[]> {
    const { label, limit } = this;
    const { clock } = this.options;
    const endMs = clock.monotonicMs() + QUESTION_FACTOR * timeoutMs;
    return new Inquiry<T>({
      label,
      limit,
      parse,
      isRepeatable,
      waitMaxMs: timeoutMs,
      send: (part, read) => {
        const leftMs = Math.ceil(Math.min(timeoutMs, endMs - clock.monotonicMs()));
        return this.exchange(part, read, { timeoutMs: leftMs, signal, isRepeatable });
      },
      sleep: (ms) => clock.sleep(ms, signal),
    }).run(calls);
  }

  private async exchange<T>(
    part: readonly RpcCall[],
    parse: Parser<T>,
    options: Required<Omit<CallOptions, 'signal'>> & Pick<CallOptions, 'signal'>,
  ): Promise<ParsedAnswer<T>> {
    if (options.timeoutMs <= 0)
      throw nodeError('NODE_TIMEOUT', this.label, 'took too long for all of a question');
    const ids: IdSpan = { first: this.nextId, count: part.length };
    this.nextId += part.length;
    const items = part.map((call, index) => ({ jsonrpc: '2.0', id: ids.first + index, ...call }));
    const isSingle = items.length === 1;
    const bytes = await this.transport.send(JSON.stringify(isSingle ? items[0] : items), {
      ...options,
      responseBytesMax: this.options.responseBytesMax * (isSingle ? SINGLE_FACTOR : 1),
    });
    try {
      return parse(bytes, ids);
    } catch (error) {
      const what = isCodedError(error) ? error.message : 'it cannot be read';
      throw nodeError('NODE_ANSWER_INVALID', this.label, `gave an invalid answer: ${what}`, {
        context: { isBatch: startsBatch(bytes) },
      });
    }
  }
}

/** Does the answer begin as a batch with answers in it, so that the node does take batches? */
const startsBatch = (bytes: Uint8Array): boolean =>
  /^\s*\[\s*[^\]\s]/.test(Buffer.from(bytes.subarray(0, 32)).toString('latin1'));
