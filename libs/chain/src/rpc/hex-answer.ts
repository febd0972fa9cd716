import { CodedError } from '#libs/kernel';

import { parseAnswer, type IdSpan, type ParsedAnswer, type RawOutcome } from './rpc-answer.js';

const HEAD = Buffer.from('{"jsonrpc":"2.0","id":');
const RESULT = Buffer.from(',"result":"');
const OPEN = 0x5b;
const CLOSE = 0x5d;
const COMMA = 0x2c;
const BRACE = 0x7d;
const QUOTE = 0x22;
const DIGIT_0 = 0x30;
const LOWER_X = 0x78;

/**
 * Reads a batch whose results are hex strings straight from the bytes into one slab: about a tenth of what
 * JSON.parse and a decode of each string cost. Anything that is not exactly the usual form is left to the strict reader.
 * A `null` result or `"0x"` gives an empty array.
 */
export const parseHexAnswer = (bytes: Uint8Array, ids: IdSpan): ParsedAnswer<Uint8Array> =>
  scanHexAnswer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), ids) ??
  parseStrictly(bytes, ids);

/** The fast way alone; `undefined` when the answer has an unusual form. */
export const scanHexAnswer = (answer: Buffer, ids: IdSpan): readonly RawOutcome<Uint8Array>[] | undefined => {
  if (answer[0] !== OPEN) return undefined;
  const slab = new Slab(answer.length >> 1);
  const outcomes = new Array<RawOutcome<Uint8Array> | undefined>(ids.count);
  let at = 0;
  for (let found = 0; found < ids.count; found++) {
    if (found > 0 && answer[at] !== COMMA) return undefined;
    const item = scanItem(answer, at + 1);
    const value = item && slab.decode(answer, item.start, item.end);
    if (!value || isForeign(item.id - ids.first, outcomes)) return undefined;
    outcomes[item.id - ids.first] = { value };
    at = item.end + 2;
  }
  const isWhole = answer[at] === CLOSE && answer.toString('latin1', at + 1).trim() === '';
  return isWhole ? (outcomes as RawOutcome<Uint8Array>[]) : undefined;
};

/** An ID that was not requested, or was already answered. */
const isForeign = (index: number, outcomes: readonly unknown[]): boolean =>
  index < 0 || index >= outcomes.length || outcomes[index] !== undefined;

/** One allocation for all blocks of an answer. */
class Slab {
  private readonly bytes: Buffer;
  private used = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** The bytes of the hex digits from `start` to `end`; `undefined` when they are not all hex. */
  decode(answer: Buffer, start: number, end: number): Buffer | undefined {
    const size = (end - start) >> 1;
    const written = this.bytes.write(answer.toString('latin1', start, end), this.used, size, 'hex');
    if (written * 2 !== end - start) return undefined;
    this.used += size;
    return this.bytes.subarray(this.used - size, this.used);
  }
}

type Item = { id: number; start: number; end: number };

/** One `{"jsonrpc":"2.0","id":N,"result":"0x.."}` at `at`; its hex digits are from `start` to `end`. */
const scanItem = (answer: Buffer, from: number): Item | undefined => {
  let at = from + HEAD.length;
  if (!startsWith(answer, from, HEAD)) return undefined;
  let id = 0;
  for (; isDigit(answer[at]); at++) id = id * 10 + ((answer[at] ?? 0) - DIGIT_0);
  if (!startsWith(answer, at, RESULT)) return undefined;
  at += RESULT.length;
  if (answer[at] === DIGIT_0 && answer[at + 1] === LOWER_X) at += 2;
  const end = answer.indexOf(QUOTE, at);
  return end < 0 || answer[end + 1] !== BRACE ? undefined : { id, start: at, end };
};

const startsWith = (answer: Buffer, at: number, expected: Buffer): boolean =>
  at + expected.length <= answer.length && expected.compare(answer, at, at + expected.length) === 0;

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

const parseStrictly = (bytes: Uint8Array, ids: IdSpan): ParsedAnswer<Uint8Array> => {
  const answer = parseAnswer(bytes, ids);
  return 'refused' in answer
    ? answer
    : answer.map((outcome) => ('error' in outcome ? outcome : { value: hexToBytes(outcome.value) }));
};

const hexToBytes = (value: unknown): Uint8Array => {
  if (value === null) return new Uint8Array();
  if (typeof value !== 'string') throw new CodedError('NODE_ANSWER_INVALID', 'a block is not a hex string');
  const digits = value.startsWith('0x') ? value.slice(2) : value;
  const bytes = Buffer.from(digits, 'hex');
  if (bytes.length * 2 === digits.length) return bytes;
  throw new CodedError('NODE_ANSWER_INVALID', 'a block is not a hex string');
};
