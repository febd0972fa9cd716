import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { AnswerEnd, JsonEndFinder } from './json-end.js';

const endOf = (text: string, size: number): number => {
  const finder = new JsonEndFinder();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    const end = finder.push(bytes.subarray(at, at + size));
    if (end >= 0) return at + end;
  }
  return -1;
};

describe('JsonEndFinder', () => {
  it('finds the end of any object or array, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())),
        fc.integer({ min: 1, max: 40 }),
        (value, size) => {
          const text = JSON.stringify(value);
          expect(endOf(`${text}\n{"next":1}`, size)).toBe(Buffer.byteLength(text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(['{"a":"\\\\"}', '{"a":"\\"}]"}', '["\\u005c\\\\\\""]', '[{"a":["]"]}]'])(
    'is not misled by escapes and brackets in strings: %s',
    (text) => {
      for (const size of [1, 2, 3, 100]) expect(endOf(text, size)).toBe(text.length);
    },
  );

  it('says when the value goes on', () => {
    expect(endOf('[{"a":"', 3)).toBe(-1);
  });
});

describe('AnswerEnd', () => {
  /** After how many bytes it tells, and what. */
  const told = (text: string, size: number): unknown => {
    const end = new AnswerEnd();
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) {
      const outcome = end.push(bytes.subarray(at, at + size));
      if (outcome !== undefined) return [outcome, Math.min(at + size, bytes.length)];
    }
    return undefined;
  };
  const value = fc.oneof(
    fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }),
    fc.dictionary(fc.string(), fc.jsonValue()),
  );

  it('has any answer with the chunk that completes it, with a newline behind it or without, compact or not', () => {
    fc.assert(
      fc.property(
        value,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('', '\n', '\r\n'),
        fc.constantFrom(0, 2),
        (answer, size, newline, indent) => {
          const text = JSON.stringify(answer, undefined, indent);
          const [outcome, bytes] = told(text + newline, size) as [string, number];
          const length = Buffer.byteLength(text);
          expect(outcome).toBe('whole');
          expect(bytes >= length && bytes - length < size + newline.length).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('says when another value follows, and waits for one that goes on', () => {
    expect(told('[{"a":1}]{"b":2}', 100)).toEqual(['exceeded', 16]);
    expect(told('{"a":[{"b":"}]\\n', 4)).toBeUndefined();
  });
});
