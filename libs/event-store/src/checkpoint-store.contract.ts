import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BEFORE_ALL, type Checkpoint, type CheckpointStore } from '#libs/event-sourcing';

const at = (position: bigint): Checkpoint => ({
  position,
  event: { stream: 'backup-prod', revision: position / 2n, id: `event-${position}` },
});

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

    it('gives BEFORE_ALL for a consumer that never saved', async () => {
      expect(await under.store.load('history')).toStrictEqual(BEFORE_ALL);
    });

    it('keeps one checkpoint a consumer, position and event, the last one saved', async () => {
      await under.store.save('history', at(5n));
      await under.store.save('relay', at(2n ** 62n));
      await under.store.save('history', at(9n));
      const reopened = await under.reopen();
      expect(await reopened.load('history')).toStrictEqual(at(9n));
      expect(await reopened.load('relay')).toStrictEqual(at(2n ** 62n));
      await reopened.save('history', BEFORE_ALL);
      expect(await reopened.load('history')).toStrictEqual(BEFORE_ALL);
    });

    it('keeps a position without an event, as version 0.1 saved it', async () => {
      await under.store.save('history', at(5n));
      await under.store.save('history', { position: 7n });
      expect(await (await under.reopen()).load('history')).toStrictEqual({ position: 7n });
    });
  });
};
