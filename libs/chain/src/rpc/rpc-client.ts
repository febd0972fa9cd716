import { hasCode, isCodedError, type CodedError } from '#libs/kernel';

import { parseHexAnswer } from './hex-answer.js';
import { LearnedLimits } from './learned-limits.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { isRefused, parseAnswer, type IdSpan, type ParsedAnswer, type RawOutcome } from './rpc-answer.js';
import {
  isAnswerTooLarge,
  isBatchRefusal,
  isItemOverLimit,
  toRpcError,
  type RpcErrorObject,
} from './rpc-errors.js';
import type { RpcTransport } from './rpc-transport.js';

export type RpcCall = Readonly<{ method: string; params: readonly unknown[] }>;

/** The outcome of one item of a batch: its value, or the error that concerns this item alone. */
export type RpcOutcome<T = unknown> =
  Readonly<{ ok: true; value: T }> | Readonly<{ ok: false; error: CodedError }>;

export type CallOptions = Readonly<{ timeoutMs?: number; signal?: AbortSignal | undefined }>;

export type RpcClientOptions = Readonly<{
  /** Items of a batch before anything was learned. */
  batchItemsMax?: number;
  /** Bytes of the answer to a batch; one call alone may take eight times as much. */
  responseBytesMax?: number;
  timeoutMs?: number;
}>;

type Parser<T> = (bytes: Uint8Array, ids: IdSpan) => ParsedAnswer<T>;

const DEFAULTS = { batchItemsMax: 1000, responseBytesMax: 32 * 1024 * 1024, timeoutMs: 30_000 };
const SINGLE_FACTOR = 8;
/** Below this it is not the size of the batch that makes a node silent, and surveys must stay one batch. */
const TIMEOUT_ITEMS_MIN = 32;

/**
 * JSON-RPC over any transport: checks ids, splits batches to what the node was found to take, and gives every
 * failure a code and the node's name. It repeats nothing except what a limit of the node cut off.
 */
export class RpcClient {
  readonly label: NodeLabel;
  private readonly transport: RpcTransport;
  private readonly options: Required<RpcClientOptions>;
  private readonly limits: LearnedLimits;
  private nextId = 1;

  constructor(transport: RpcTransport, label: NodeLabel, options: RpcClientOptions = {}) {
    this.label = label;
    this.transport = transport;
    this.options = { ...DEFAULTS, ...options };
    this.limits = new LearnedLimits(this.options.batchItemsMax);
  }

  /** Items a batch may have now, as far as is known. */
  get batchItemsMax(): number {
    return this.limits.itemsMax;
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

  /** Every turn either answers at least one call or halves the limit, so the loop ends. */
  private async run<T>(
    calls: readonly RpcCall[],
    parse: Parser<T>,
    options: CallOptions,
  ): Promise<readonly RpcOutcome<T>[]> {
    const outcomes: RpcOutcome<T>[] = [];
    while (outcomes.length < calls.length) {
      const part = calls.slice(outcomes.length, outcomes.length + this.limits.itemsMax);
      const answer = await this.attempt(part, parse, options);
      if (isRefused(answer)) this.shrink(part, answer.refused);
      else this.accept(part, answer, outcomes);
    }
    return outcomes;
  }

  private async attempt<T>(
    part: readonly RpcCall[],
    parse: Parser<T>,
    options: CallOptions,
  ): Promise<ParsedAnswer<T>> {
    try {
      return await this.exchange(part, parse, options);
    } catch (error) {
      if (hasCode(error, 'NODE_TIMEOUT')) {
        this.limits.onTooMuch(part.length, Math.max(TIMEOUT_ITEMS_MIN, part.length >> 1));
      }
      if (!hasCode(error, 'NODE_ANSWER_TOO_LARGE') || part.length === 1) throw error;
      return { refused: { code: -32003, message: 'too large' } };
    }
  }

  private shrink(part: readonly RpcCall[], refusal: RpcErrorObject): void {
    const method = part[0]?.method ?? 'a batch';
    if (part.length === 1 || !isBatchRefusal(refusal)) throw toRpcError(this.label, method, refusal);
    if (isAnswerTooLarge(refusal)) this.limits.onTooMuch(part.length);
    else this.limits.onRefused(part.length);
  }

  /** Takes the answers up to the first one that a limit cut off. The rest is requested again. */
  private accept<T>(part: readonly RpcCall[], answer: readonly RawOutcome<T>[], into: RpcOutcome<T>[]): void {
    const cut = answer.findIndex((item) => 'error' in item && isItemOverLimit(item.error));
    const isCut = cut >= 0 && part.length > 1;
    const taken = isCut ? cut : answer.length;
    if (isCut) this.limits.onTooMuch(part.length, cut);
    else this.limits.onSuccess(part.length);
    for (const [index, item] of answer.slice(0, taken).entries()) {
      into.push(
        'value' in item
          ? { ok: true, value: item.value }
          : { ok: false, error: toRpcError(this.label, part[index]?.method ?? '', item.error) },
      );
    }
  }

  private async exchange<T>(
    part: readonly RpcCall[],
    parse: Parser<T>,
    options: CallOptions,
  ): Promise<ParsedAnswer<T>> {
    const ids: IdSpan = { first: this.nextId, count: part.length };
    this.nextId += part.length;
    const items = part.map((call, index) => ({ jsonrpc: '2.0', id: ids.first + index, ...call }));
    const isSingle = items.length === 1;
    const bytes = await this.transport.send(JSON.stringify(isSingle ? items[0] : items), {
      timeoutMs: options.timeoutMs ?? this.options.timeoutMs,
      responseBytesMax: this.options.responseBytesMax * (isSingle ? SINGLE_FACTOR : 1),
      signal: options.signal,
    });
    try {
      return parse(bytes, ids);
    } catch (error) {
      const what = isCodedError(error) ? error.message : 'it cannot be read';
      throw nodeError('NODE_ANSWER_INVALID', this.label, `gave an invalid answer: ${what}`);
    }
  }
}
