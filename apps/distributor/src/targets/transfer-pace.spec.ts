import { describe, expect, it } from '@jest/globals';
import { bodyFromBytes } from '#libs/object-store';
import { TransferPace } from './transfer-pace.js';

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener('abort', () => {
      resolve(signal.reason);
    });
  });

describe('TransferPace', () => {
  it('ends a transfer to a place that takes nothing', async () => {
    const pace = new TransferPace({ graceMs: 20, bytesPerSecondMin: 1_024 }, new AbortController().signal);
    const reason = { code: 'TARGET_UNAVAILABLE', message: expect.stringContaining('1 KiB/s') };
    expect(await aborted(pace.signal)).toMatchObject(reason);
  });

  it('gives time for the bytes that are taken, and for a slow source', async () => {
    const pace = new TransferPace({ graceMs: 20, bytesPerSecondMin: 1 }, new AbortController().signal);
    const [signal, body] = [pace.signal, pace.counted(bodyFromBytes(Buffer.alloc(3_600)))];
    for await (const chunk of body.open()) expect(chunk).toHaveLength(3_600);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(signal.aborted).toBe(false);
    pace.end();
  });

  it('ends with what is around it', async () => {
    const outer = new AbortController();
    const pace = new TransferPace({ graceMs: 60_000, bytesPerSecondMin: 1 }, outer.signal);
    outer.abort(new Error('The lane stops.'));
    expect(await aborted(pace.signal)).toMatchObject({ message: 'The lane stops.' });
    pace.end();
  });
});
