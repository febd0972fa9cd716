import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { JsonEndFinder } from './json-end.js';

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
