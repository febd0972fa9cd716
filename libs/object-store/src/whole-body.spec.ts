import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { bodyFromBytes } from './body.js';
import type { ObjectBody } from './object-store.js';
import { sendWhole } from './whole-body.js';

/** One that is digested at once, and one that is digested aside. */
const SIZES = [1_000, 3_000_000];

describe('sendWhole', () => {
  it.each(SIZES)('sends all %i bytes of a body', async (bytes) => {
    const content = randomBytes(bytes);
    const body: ObjectBody = {
      ...bodyFromBytes(content),
      open: async function* () {
        for (let at = 0; at < bytes; at += 700) yield content.subarray(at, at + 700);
      },
    };
    expect(await sendWhole(body, async (sent) => sent.equals(content))).toBe(true);
  });

  it.each(SIZES)('sends nothing of %i bytes that are not what was announced', async (bytes) => {
    const body = bodyFromBytes(randomBytes(bytes));
    const others = randomBytes(bytes);
    const wrong = [
      async function* () {
        yield others;
      },
      async function* () {
        yield others.subarray(1);
      },
      async function* () {
        yield others;
        yield others;
      },
    ];
    let sent = 0;
    const send = async () => (sent += 1);
    for (const open of wrong) {
      await expect(sendWhole({ ...body, open }, send)).rejects.toMatchObject({
        code: 'TARGET_DIGEST_MISMATCH',
      });
      const onMismatch = () => new CodedError('MANAGED_OBJECT_DAMAGED', 'It is another by now.');
      await expect(sendWhole({ ...body, open, onMismatch }, send)).rejects.toMatchObject({
        code: 'MANAGED_OBJECT_DAMAGED',
      });
    }
    expect(sent).toBe(0);
  });

  it('uses memory again once it was sent, and never what a failed request may still hold', async () => {
    const content = randomBytes(2_500_000);
    const memoryOf = async (outcome: Promise<void>): Promise<ArrayBuffer> => {
      let used = new ArrayBuffer(0);
      const send = async (bytes: Buffer<ArrayBuffer>) => {
        used = bytes.buffer;
        await outcome;
      };
      await sendWhole(bodyFromBytes(content), send).catch(() => undefined);
      return used;
    };
    const first = await memoryOf(Promise.resolve());
    expect(await memoryOf(Promise.resolve())).toBe(first);
    expect(await memoryOf(Promise.reject(new Error('lost')))).toBe(first);
    expect(await memoryOf(Promise.resolve())).not.toBe(first);
  });
});
