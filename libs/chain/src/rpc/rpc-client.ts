import { setTimeout as wait } from 'node:timers/promises';

import { hasCode, isCodedError, type Clock } from '#libs/kernel';

import { parseHexAnswer } from './hex-answer.js';
import { Inquiry } from './inquiry.js';
import { LearnedLimit } from './learned-limit.js';
import { AnswerMeter } from './answer-meter.js';
import { sendForLarge, sendForOrdinary, withResult, type ReadAnswer, type Send } from './large-answer.js';
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
  /** Counts the answers to all parts of a question, and holds the memory of a large one until its owner releases it. */
  meter?: AnswerMeter | undefined;
  /** The answer to one call may be as large as a block. */
  isBlock?: boolean;
}>;

type RpcClock = Pick<Clock, 'monotonicMs' | 'sleep'>;
type Form = Readonly<{ isHex: boolean; isSingle: boolean }>;
/** The options of a call as they were completed. */
type Asked = Required<Omit<CallOptions, 'signal' | 'meter'>> &
  Pick<CallOptions, 'signal'> &
  Readonly<{ meter: AnswerMeter; onWaited: (ms: number) => void }>;

export type RpcClientOptions = Readonly<{
  /** Items of a batch before anything was learned. */
  batchItemsMax?: number;
  /** Bytes of a block at most. */
  blockBytesMax?: number;
  /** Bytes of the answer to a batch; one call alone may take eight times as much, up to 32 MiB. */
  responseBytesMax?: number;
  timeoutMs?: number;
  /** For the waits while a node limits how often it may be asked. */
  clock?: RpcClock;
}>;

const MIB = 1024 * 1024;
/** The answer to one call may be larger than to a batch; above this only a block is, in its turn. */
const SINGLE_FACTOR = 8;
const ORDINARY_BYTES_MAX = 32 * MIB;
const DEFAULTS = {
  batchItemsMax: 1000,
  responseBytesMax: 32 * MIB,
  blockBytesMax: 64 * MIB,
  timeoutMs: 30_000,
  clock: {
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => wait(ms, undefined, { signal }),
  } satisfies RpcClock as RpcClock,
};
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
  /** Was the last block too large for an ordinary answer? */
  private expectsLarge = false;
  /** Did the last large answer fail? */
  private hasFailedLarge = false;

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
    return this.run(calls, parseHexAnswer, { ...options, isBlock: true });
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  private run<T>(
    calls: readonly RpcCall[],
    parse: Parser<T>,
    { timeoutMs = this.options.timeoutMs, signal, isRepeatable = true, meter, isBlock }: CallOptions,
  ): Promise<readonly RpcOutcome<T>[]> {
    const { label, limit } = this;
    const { clock } = this.options;
    let endMs = clock.monotonicMs() + QUESTION_FACTOR * timeoutMs;
    const options = {
      signal,
      isRepeatable,
      isBlock: isBlock === true,
      onWaited: (ms: number): void => void (endMs += ms),
    };
    return new Inquiry<T>({
      label,
      limit,
      parse,
      isRepeatable,
      waitMaxMs: timeoutMs,
      send: (part, read) => {
        const leftMs = Math.ceil(Math.min(timeoutMs, endMs - clock.monotonicMs()));
        // Without a meter of the caller's, what is large is held until it was parsed.
        const held = meter ?? new AnswerMeter();
        return this.exchange(part, read, { ...options, meter: held, timeoutMs: leftMs }).finally(() => {
          if (meter === undefined) held.release();
        });
      },
      sleep: (ms) => clock.sleep(ms, signal),
    }).run(calls);
  }

  private async exchange<T>(
    part: readonly RpcCall[],
    parse: Parser<T>,
    options: Asked,
  ): Promise<ParsedAnswer<T>> {
    const ids: IdSpan = { first: this.nextId, count: part.length };
    this.nextId += part.length;
    const items = part.map((call, index) => ({ jsonrpc: '2.0', id: ids.first + index, ...call }));
    const isSingle = items.length === 1;
    const body = JSON.stringify(isSingle ? items[0] : items);
    const { bytes, into } = await this.fetch(body, {
      ...options,
      isHex: parse === (parseHexAnswer as unknown),
      isBlock: isSingle && options.isBlock,
      isSingle,
    });
    options.meter.add(into?.result.length ?? bytes.length);
    try {
      const answer = parse(bytes, ids);
      // Only hex is read into a stream.
      return into === undefined
        ? answer
        : (withResult(answer as ParsedAnswer<Uint8Array>, into) as ParsedAnswer<T>);
    } catch (error) {
      const what = isCodedError(error) ? error.message : 'it cannot be read';
      const code = hasCode(error, 'NODE_ANSWER_TOO_LARGE') ? error.code : 'NODE_ANSWER_INVALID';
      throw nodeError(code, this.label, `gave an invalid answer: ${what}`, {
        context: { isBatch: startsBatch(bytes) },
      });
    }
  }

  /** The bytes of an answer. A block that is larger than an ordinary answer is asked for again, in its turn. */
  private async fetch(
    body: string,
    { timeoutMs, signal, isRepeatable, isBlock, isHex, isSingle, meter, onWaited }: Asked & Form,
  ): Promise<ReadAnswer> {
    if (timeoutMs <= 0) throw nodeError('NODE_TIMEOUT', this.label, 'took too long for all of a question');
    const { label } = this;
    const { blockBytesMax } = this.options;
    const responseBytesMax = isSingle
      ? Math.min(SINGLE_FACTOR * this.options.responseBytesMax, ORDINARY_BYTES_MAX)
      : this.options.responseBytesMax;
    const send: Send = (bounds) => this.transport.send(body, { timeoutMs, isRepeatable, ...bounds });
    if (!isBlock || !this.expectsLarge) {
      try {
        return await sendForOrdinary(
          { label, responseBytesMax, signal, onWaited, mayBeLarge: isBlock },
          send,
        );
      } catch (error) {
        if (!isBlock || !hasCode(error, 'NODE_ANSWER_TOO_LARGE')) throw error;
      }
    }
    const isLast = this.hasFailedLarge;
    this.hasFailedLarge = true;
    const answer = await sendForLarge({ label, blockBytesMax, isHex, signal, meter, isLast, onWaited }, send);
    this.hasFailedLarge = false;
    this.expectsLarge = (answer.into?.result.length ?? answer.bytes.length) > responseBytesMax / 2;
    return answer;
  }
}

/** Does the answer begin as a batch with answers in it, so that the node does take batches? */
const startsBatch = (bytes: Uint8Array): boolean =>
  /^\s*\[\s*[^\]\s]/.test(Buffer.from(bytes.subarray(0, 32)).toString('latin1'));
