import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { bigintString } from './primitives.js';
import { createVersionedCodec, type VersionedContract } from './versioned-codec.js';

/** Contracts of the test alone: a block was one number at first, then a text, and has a hash since. */
const CONTRACTS: Readonly<Record<string, VersionedContract>> = {
  BlockSeen: {
    version: 3,
    schema: z.object({ block: z.object({ number: bigintString, hash: z.string() }) }),
    upcasters: [
      (data) => ({ block: String((data as { block: number }).block) }),
      (data) => ({ block: { number: (data as { block: string }).block, hash: 'unknown' } }),
    ],
  },
};

describe('events of several versions', () => {
  const codec = createVersionedCodec((type) => CONTRACTS[type]);

  it.each([
    [1, { block: 7 }, { number: 7n, hash: 'unknown' }],
    [2, { block: '9007199254740993' }, { number: 9007199254740993n, hash: 'unknown' }],
    [3, { block: { number: '7', hash: '0xab' } }, { number: 7n, hash: '0xab' }],
  ])('version %s is brought to the newest', (version, data, block) => {
    const before = structuredClone(data);
    expect(codec.decode('BlockSeen', data, version)).toStrictEqual({ block });
    expect(data).toStrictEqual(before);
  });

  it('lose what no schema names, at the first one of a type and at the next', () => {
    const extra = { block: { number: '7', hash: '0xab', colour: 'red' }, more: 1 };
    for (const data of [extra, structuredClone(extra)])
      expect(codec.decode('BlockSeen', data, 3)).toStrictEqual({ block: { number: 7n, hash: '0xab' } });
  });

  it('are written in the newest version', () => {
    expect(codec.encode('BlockSeen', { block: { number: 7n, hash: '0xab' } })).toStrictEqual({
      data: { block: { number: '7', hash: '0xab' } },
      schemaVersion: 3,
    });
  });

  it('of a newer version, or of an unknown type, wait for the update', () => {
    for (const [type, version] of [
      ['BlockSeen', 4],
      ['BlockForgotten', 1],
    ] as const)
      expect(() => codec.decode(type, {}, version)).toThrow(
        expect.objectContaining({ code: 'EVENT_UNKNOWN', retryable: true }),
      );
  });

  it('that no version ever wrote are refused', () => {
    const right = { block: { number: '7', hash: '0xab' } };
    for (const wrong of [{ block: {} }, null, { block: { number: '7.5', hash: '0xab' } }]) {
      expect(() => codec.decode('BlockSeen', wrong, 3)).toThrow(
        expect.objectContaining({ code: 'EVENT_INVALID', retryable: false }),
      );
      expect(codec.decode('BlockSeen', right, 3)).toStrictEqual({ block: { number: 7n, hash: '0xab' } });
    }
  });
});
