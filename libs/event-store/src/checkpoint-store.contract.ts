import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { START, type CheckpointStore } from '#libs/event-sourcing';

/** The suite every adapter of the CheckpointStore port passes. `reopen` gives a second store over what the first kept. */
export const describeCheckpointStoreContract = (
  name: string,
  make: () => Promise<{
    store: CheckpointStore;
    reopen: () => Promise<CheckpointStore>;
    close(): Promise<void>;
  }>,
): void => {
  describe(`CheckpointStore contract: ${name}`, () => {
    let under: Awaited<ReturnType<typeof make>>;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    it('gives START for a consumer that never saved', async () => {
      expect(await under.store.load('history')).toBe(START);
    });

    it('keeps one position a consumer, the last one saved', async () => {
      await under.store.save('history', 5n);
      await under.store.save('relay', 2n ** 62n);
      await under.store.save('history', 9n);
      const reopened = await under.reopen();
      expect(await reopened.load('history')).toBe(9n);
      expect(await reopened.load('relay')).toBe(2n ** 62n);
      await reopened.save('history', START);
      expect(await reopened.load('history')).toBe(START);
    });
  });
};
