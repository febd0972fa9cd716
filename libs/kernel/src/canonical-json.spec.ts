import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';

/** What is meant, said plainly: a copy of every object, its keys sorted. */
const plainly = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'bigint') return inner.toString();
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });

const values = fc.anything({ withBigInt: true, withDate: true, maxDepth: 4 });

it('is the text of a copy with every key sorted', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(canonicalJson(value)).toBe(plainly(value));
    }),
    { numRuns: 2_000 },
  );
});

it('is one text for equal values, and leaves them as they are', () => {
  const value = { b: [{ z: 1n, a: [2, { d: 1, c: undefined }] }], a: 'x', 10: 1, 9: 2 };
  const before = structuredClone(value);
  const text = canonicalJson(value);
  expect(text).toBe('{"9":2,"10":1,"a":"x","b":[{"a":[2,{"d":1}],"z":"1"}]}');
  expect(canonicalJson(JSON.parse(text))).toBe(text);
  expect(value).toStrictEqual(before);
});

it('takes in what a value says of itself', () => {
  const said = { toJSON: () => ({ b: 1, a: 2 }) };
  expect(canonicalJson({ said, at: new Date(0) })).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","said":{"a":2,"b":1}}',
  );
});
