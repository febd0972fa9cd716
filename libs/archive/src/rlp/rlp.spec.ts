import { describe, expect, it } from '@jest/globals';
import { hasCode } from '#libs/kernel';
import fc from 'fast-check';
import { hexToBytes } from '../bytes.js';
import { decodeRlp, type RlpItem } from './reader.js';
import { encodeRlp } from './writer.js';

const item = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 5 },
    fc.uint8Array({ maxLength: 70 }),
    fc.uint8Array({ minLength: 250, maxLength: 300 }),
    fc.array(tie('item'), { maxLength: 6 }),
  ),
})).item;

const plain = (value: RlpItem): unknown => (value instanceof Uint8Array ? [...value] : value.map(plain));

const offsetOf = (hex: string): unknown => {
  try {
    decodeRlp(hexToBytes(hex));
  } catch (error) {
    if (hasCode(error, 'RLP_INVALID')) return error.context['offset'];
    throw error;
  }
  return undefined;
};

describe('RLP', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(item, (value) => {
        expect(plain(decodeRlp(encodeRlp(value)))).toEqual(plain(value));
      }),
    );
  });

  it('has one form only: what it decodes, it encodes to the same bytes', () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 40 }), item.map(encodeRlp));
    fc.assert(
      fc.property(bytes, fc.nat(), fc.nat(255), (input, at, value) => {
        const changed = Uint8Array.from(input);
        if (changed.length > 0) changed[at % changed.length] = value;
        let decoded: RlpItem;
        try {
          decoded = decodeRlp(changed);
        } catch (error) {
          expect(hasCode(error, 'RLP_INVALID')).toBe(true);
          return;
        }
        expect(encodeRlp(decoded)).toEqual(changed);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['nothing', '', 0],
    ['a byte below 0x80 with a prefix', '8105', 0],
    ['bytes behind the item', '8080', 1],
    ['a string cut short', '83aabb', 0],
    ['an item beyond its list', 'c283aabb', 1],
    ['a long form for a short string', 'b801ff', 0],
    ['a length that begins with zero', 'b90001ff', 0],
    ['a length without end', 'bfffffffffffffffff', 0],
    ['an input that ends inside a length', 'b9ff', 0],
  ])('refuses %s', (_name, hex, offset) => {
    expect(offsetOf(hex)).toBe(offset);
  });

  it('refuses lists nested without end', () => {
    let nested: RlpItem = [];
    for (let i = 0; i < 600; i += 1) nested = [nested];
    expect(() => decodeRlp(encodeRlp(nested))).toThrow('nested');
  });
});
