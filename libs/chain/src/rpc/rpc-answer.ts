import { getHeapStatistics } from 'node:v8';

import { beyondJsonBounds, CodedError } from '#libs/kernel';

import { parseRpcError, type RpcErrorObject } from './rpc-errors.js';

/** The answer to one item: a value, or an error from the node. */
export type RawOutcome<T> = Readonly<{ value: T }> | Readonly<{ error: RpcErrorObject }>;

/** The ids of one request: `first`, `first + 1`, ... */
export type IdSpan = Readonly<{ first: number; count: number }>;

/** The whole batch was answered with one error. */
export type BatchRefused = Readonly<{ refused: RpcErrorObject }>;

export type ParsedAnswer<T> = readonly RawOutcome<T>[] | BatchRefused;

export const isRefused = <T>(answer: ParsedAnswer<T>): answer is BatchRefused => 'refused' in answer;

const invalid = (what: string, cause?: unknown): CodedError =>
  new CodedError('NODE_ANSWER_INVALID', what, cause === undefined ? {} : { cause });

/**
 * Reads an answer by the book: every id exactly once, in any order. Throws `NODE_ANSWER_INVALID` (without
 * the node's name, which the caller adds).
 */
export const parseAnswer = (bytes: Uint8Array, ids: IdSpan): ParsedAnswer<unknown> => {
  const answer = parseJson(bytes);
  if (!Array.isArray(answer)) return ids.count === 1 ? [parseItem(answer, ids).outcome] : soleRefusal(answer);
  const items = answer as unknown[];
  const [only] = items;
  if (ids.count > 1 && items.length === 1 && errorOf(only) !== undefined) return soleRefusal(only);
  return placeItems(items, ids);
};

const placeItems = (items: readonly unknown[], ids: IdSpan): readonly RawOutcome<unknown>[] => {
  if (items.length !== ids.count) throw invalid(`it holds ${items.length} of ${ids.count} answers`);
  const outcomes: RawOutcome<unknown>[] = [];
  const seen = new Set<number>();
  for (const item of items) {
    const { index, outcome } = parseItem(item, ids);
    if (seen.has(index)) throw invalid('an ID is answered twice');
    seen.add(index);
    outcomes[index] = outcome;
  }
  return outcomes;
};

/** A value of an array may take three bytes of JSON and sixty in memory; an honest answer has twenty bytes a value. */
const VALUES_MAX = 1_000_000;
const BYTES_PER_VALUE = 16;

const parseJson = (bytes: Uint8Array): unknown => {
  const beyond = beyondJsonBounds(bytes, { valuesMax: Math.max(VALUES_MAX, bytes.length / BYTES_PER_VALUE) });
  if (beyond !== undefined) throw invalid(beyond);
  assertHeapFor(bytes.length);
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    throw invalid('it is not JSON');
  }
};

const LARGE_BYTES = 16 * 1024 * 1024;
/** Text, the values in it, and their objects. */
const HEAP_PER_BYTE = 5;

/** A large answer is parsed only where there is room for what it becomes: the process must outlive it. */
const assertHeapFor = (bytes: number): void => {
  if (bytes < LARGE_BYTES) return;
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  if (bytes * HEAP_PER_BYTE > limit - used) {
    throw new CodedError(
      'NODE_ANSWER_TOO_LARGE',
      `${bytes} bytes of JSON are more than this process can read`,
    );
  }
};

const errorOf = (item: unknown): RpcErrorObject | undefined =>
  typeof item === 'object' && item !== null ? parseRpcError(Reflect.get(item, 'error')) : undefined;

const soleRefusal = (item: unknown): BatchRefused => {
  const error = errorOf(item);
  if (!error) throw invalid('the answer to a batch is not a batch');
  return { refused: error };
};

const parseItem = (item: unknown, ids: IdSpan): { index: number; outcome: RawOutcome<unknown> } => {
  if (typeof item !== 'object' || item === null) throw invalid('an answer is not an object');
  const error = errorOf(item);
  const id: unknown = Reflect.get(item, 'id');
  // A request that could not be read at all is answered under the id null, or under none.
  if (error && (id === null || id === undefined) && ids.count === 1) return { index: 0, outcome: { error } };
  const index = indexOf(id, ids);
  if (error) return { index, outcome: { error } };
  if (!('result' in item)) throw invalid('an answer has neither result nor error');
  return { index, outcome: { value: item.result } };
};

const isDigits = (id: unknown): boolean => typeof id === 'string' && /^\d{1,15}$/.test(id);

const indexOf = (id: unknown, ids: IdSpan): number => {
  // Some gateways answer with the ID as a string.
  const index = typeof id === 'number' || isDigits(id) ? Number(id) - ids.first : -1;
  if (Number.isInteger(index) && index >= 0 && index < ids.count) return index;
  throw invalid('an answer has an unknown ID');
};
