import { isCodedError, type CodedError } from '#libs/kernel';

import type { LearnedLimit } from './learned-limit.js';
import type { NodeLabel } from './node-identity.js';
import { isLimitOfOne, isPassing, isRefusedQuestion, mayPassInParts, mayPassLater } from './refusal.js';
import { isRefused, parseAnswer, type ParsedAnswer, type RawOutcome } from './rpc-answer.js';
import type { Parser, RpcCall, RpcOutcome } from './rpc-call.js';
import { methodMissing, toRpcError } from './rpc-errors.js';

export type InquiryParts<T> = Readonly<{
  label: NodeLabel;
  /** Items of a batch; shared by all inquiries of a node. */
  limit: LearnedLimit;
  parse: Parser<T>;
  send: <U>(calls: readonly RpcCall[], parse: Parser<U>) => Promise<ParsedAnswer<U>>;
  sleep: (ms: number) => Promise<unknown>;
  /** Bound on all waiting, in ms. */
  waitMaxMs: number;
  isRepeatable: boolean;
}>;

type Outcomes<T> = readonly RpcOutcome<T>[];
/** Outcomes of a batch, and which of them are errors. */
type Found<T> = Readonly<{ outcomes: RpcOutcome<T>[]; failed: readonly number[] }>;

const failing = <T>(
  { outcomes, failed }: Found<T>,
  test: (error: CodedError) => boolean,
): readonly number[] =>
  failed.filter((index) => {
    const outcome = outcomes[index];
    return outcome?.ok === false && test(outcome.error);
  });

/** Below this it is not the size of the batch that makes a node silent, and surveys must stay one batch. */
const TIMEOUT_ITEMS_MIN = 32;
/** Parts of one inquiry that are asked at the same time. */
const PARTS_AT_ONCE = 4;
/** Turns of the same size before smaller ones are tried. */
const TURNS = 4;
const WAIT = { firstMs: 100, mostMs: 2_000 };
/** What a node that serves anything serves. */
const CONTROL: RpcCall = { method: 'eth_blockNumber', params: [] };

/**
 * Calls to a node until each has its outcome. What the node refuses is asked again later, in smaller parts, or call by
 * call, as the refusal suggests, so that a filter, a limit or a gateway without batches costs requests and no answers.
 * A size counts as refused only when less of it passed. Every turn waits, splits or ends, and waiting is bounded.
 */
export class Inquiry<T> {
  private readonly parts: InquiryParts<T>;
  private waits = 0;
  private waitedMs = 0;
  private hasRefusedMethod = false;

  constructor(parts: InquiryParts<T>) {
    this.parts = parts;
  }

  /** Throws what concerns the node as a whole; an item's own error is in its outcome. */
  async run(calls: readonly RpcCall[]): Promise<Outcomes<T>> {
    const { limit } = this.parts;
    const before = limit.max;
    const outcomes = await this.ask(calls, true);
    // It was the method that spoiled the batch, not the size.
    if (this.hasRefusedMethod) limit.restore(before);
    return outcomes;
  }

  private async ask(calls: readonly RpcCall[], isFirst: boolean): Promise<Outcomes<T>> {
    const size = this.parts.limit.max;
    if (calls.length <= size) return this.part(calls, isFirst);
    const found: Outcomes<T>[] = [];
    for (let at = 0; at < calls.length; at += size * PARTS_AT_ONCE) {
      const starts = Array.from({ length: PARTS_AT_ONCE }, (_, index) => at + index * size);
      const parts = starts
        .map((start) => calls.slice(start, start + size))
        .filter(({ length }) => length > 0);
      found.push(...(await Promise.all(parts.map((part) => this.part(part, isFirst)))));
    }
    return found.flat();
  }

  /** Calls that fit into one batch, as far as is known. */
  private async part(calls: readonly RpcCall[], isFirst: boolean): Promise<Outcomes<T>> {
    for (let turn = 1; ; turn++) {
      const refusal = await this.attempt(calls);
      if (!isCodedError(refusal)) return this.settled(calls, refusal, isFirst);
      const mayStay = calls.length === 1 || turn < TURNS;
      if (mayStay && mayPassLater(refusal, turn, calls.length) && (await this.rest(refusal))) continue;
      return this.smaller(calls, refusal, isFirst);
    }
  }

  private async smaller(
    calls: readonly RpcCall[],
    refusal: CodedError,
    isFirst: boolean,
  ): Promise<Outcomes<T>> {
    const [call] = calls;
    if (call !== undefined && calls.length === 1) {
      return [{ ok: false, error: await this.ownError(call, refusal) }];
    }
    if (!mayPassInParts(refusal)) throw refusal;
    return this.halves(calls, isFirst);
  }

  /** The answers, or why there are none. Throws `NODE_TIMEOUT`, and whatever has no code. */
  private async attempt(calls: readonly RpcCall[]): Promise<readonly RawOutcome<T>[] | CodedError> {
    const { label, limit, parse, send } = this.parts;
    try {
      const answer = await send(calls, parse);
      return isRefused(answer) ? toRpcError(label, calls[0]?.method ?? 'a batch', answer.refused) : answer;
    } catch (error) {
      if (!isCodedError(error)) throw error;
      if (error.code !== 'NODE_TIMEOUT') return error;
      limit.onRefused(calls.length, Math.max(TIMEOUT_ITEMS_MIN, calls.length >> 1));
      throw error;
    }
  }

  private async halves(calls: readonly RpcCall[], isFirst: boolean): Promise<Outcomes<T>> {
    const middle = calls.length >> 1;
    const left = await this.ask(calls.slice(0, middle), isFirst);
    this.parts.limit.onRefused(calls.length, middle);
    return [...left, ...(await this.ask(calls.slice(middle), isFirst))];
  }

  /** Waits before the same is asked again; false when the time for that is used up. */
  private async rest(refusal: CodedError): Promise<boolean> {
    const { isRepeatable, sleep, waitMaxMs } = this.parts;
    const { retryAfterMs } = refusal.context;
    // "Retry-After: 0" and times that are past already are no reason to ask without a pause.
    const ownMs = Math.min(WAIT.mostMs, WAIT.firstMs * 2 ** this.waits);
    const ms = typeof retryAfterMs === 'number' ? Math.max(retryAfterMs, ownMs) : ownMs;
    if (!isRepeatable || this.waitedMs + ms > waitMaxMs) return false;
    this.waits++;
    this.waitedMs += ms;
    await sleep(ms);
    return true;
  }

  private async settled(
    calls: readonly RpcCall[],
    answers: readonly RawOutcome<T>[],
    isFirst: boolean,
  ): Promise<Outcomes<T>> {
    const { label, limit } = this.parts;
    const failed: number[] = [];
    const outcomes = answers.map((item, index): RpcOutcome<T> => {
      if ('value' in item) return { ok: true, value: item.value };
      failed.push(index);
      return { ok: false, error: toRpcError(label, calls[index]?.method ?? '', item.error) };
    });
    if (failed.length === 0) {
      limit.onSuccess(calls.length);
      return outcomes;
    }
    return this.completed(calls, { outcomes, failed }, isFirst);
  }

  /** Asks again for what may pass, and finds out what refused methods mean. */
  private async completed(
    calls: readonly RpcCall[],
    found: Found<T>,
    isFirst: boolean,
  ): Promise<Outcomes<T>> {
    const passing = isFirst && this.parts.isRepeatable ? failing(found, isPassing) : [];
    const again = [...this.overLimit(calls, found), ...(await this.rested(calls, found)), ...passing];
    if (again.length > 0) {
      const more = await this.ask(
        again.flatMap((index) => calls[index] ?? []),
        isFirst && passing.length === 0,
      );
      for (const [place, outcome] of more.entries()) found.outcomes[again[place] ?? 0] = outcome;
    }
    await this.nameRefused(calls, found);
    return found.outcomes;
  }

  /** Besu refuses a token for each item: for some methods, or for all of them. */
  private async nameRefused(calls: readonly RpcCall[], found: Found<T>): Promise<void> {
    for (const index of failing(found, (error) => error.code === 'NODE_AUTH_FAILED')) {
      const [call, outcome] = [calls[index], found.outcomes[index]];
      if (call === undefined || outcome?.ok !== false) continue;
      found.outcomes[index] = { ok: false, error: await this.ownError(call, outcome.error) };
    }
  }

  /** The items that only the size of the batch or of its answer cut off. */
  private overLimit(calls: readonly RpcCall[], found: Found<T>): readonly number[] {
    const over = calls.length === 1 ? [] : failing(found, (error) => error.code === 'NODE_ANSWER_TOO_LARGE');
    if (over[0] === undefined) this.parts.limit.onSuccess(calls.length);
    else this.parts.limit.onRefused(calls.length, over[0]);
    return over;
  }

  /** The items that a rate limit cut off, after the wait for it; none when there is no time left to wait. */
  private async rested(calls: readonly RpcCall[], found: Found<T>): Promise<readonly number[]> {
    const limited = failing(
      found,
      (error) => error.code === 'NODE_RATE_LIMITED' || (calls.length === 1 && isLimitOfOne(error)),
    );
    const first = found.outcomes[limited[0] ?? -1];
    return first?.ok === false && (await this.rest(first.error)) ? limited : [];
  }

  /** The error of one call alone. Throws it when the node refuses everything else too. */
  private async ownError(call: RpcCall, refusal: CodedError): Promise<CodedError> {
    const isControl = call.method === CONTROL.method;
    if (isControl || !this.parts.isRepeatable || !isRefusedQuestion(refusal, call.method)) throw refusal;
    if (!(await this.serves())) throw refusal;
    this.hasRefusedMethod = true;
    const { status, rpcCode } = refusal.context;
    // What every node serves is not missing: something in it is broken.
    if (status === 500 && call.method.startsWith('eth_')) return refusal;
    return methodMissing(this.parts.label, call.method, { status, rpcCode, refusal: refusal.message });
  }

  private async serves(): Promise<boolean> {
    try {
      const answer = await this.parts.send([CONTROL], parseAnswer);
      const [outcome] = isRefused(answer) ? [] : answer;
      return outcome !== undefined && 'value' in outcome;
    } catch (error) {
      if (isCodedError(error)) return false;
      throw error;
    }
  }
}
