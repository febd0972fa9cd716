import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoreMemory } from './store-memory.js';

const lost = { stream: 'backup-prod', revision: 2n ** 60n, id: 'e-1' };
const stopped = { since: '2026-02-01T00:00:00.000Z', lost };

/** The suite every adapter of the StoreMemory port passes. `reopen` gives a second one over what the first kept. */
export const describeStoreMemoryContract = (
  name: string,
  make: () => Promise<{ memory: StoreMemory; reopen: () => Promise<StoreMemory>; close(): Promise<void> }>,
): void => {
  describe(`StoreMemory contract: ${name}`, () => {
    let under: Awaited<ReturnType<typeof make>>;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    it('remembers nothing at first, and then what it was told, over a reopening', async () => {
      expect(await under.memory.recall()).toBeUndefined();
      await expect(under.memory.update({ founded: true })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
      await under.memory.update({ installation: 'i-1' });
      expect(await under.memory.recall()).toStrictEqual({ installation: 'i-1', founded: false });
      await under.memory.update({ founded: true, last: lost, stopped, decision: 'common' });
      const whole = { installation: 'i-1', founded: true, last: lost, stopped, decision: 'common' };
      expect(await (await under.reopen()).recall()).toStrictEqual(whole);
    });

    it('changes the fields that are given and no other, and clears with null', async () => {
      await under.memory.update({ installation: 'i-1', founded: true, stopped });
      const other = await under.reopen();
      await Promise.all([under.memory.update({ last: lost }), under.memory.update({ decision: 'all' })]);
      await other.update({ stopped: null, decision: null });
      expect(await under.memory.recall()).toStrictEqual({ installation: 'i-1', founded: true, last: lost });
      await other.update({ installation: 'i-2', last: null });
      expect(await under.memory.recall()).toStrictEqual({ installation: 'i-2', founded: true });
    });
  });
};
