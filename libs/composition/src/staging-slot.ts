import { join } from 'node:path';
import { CodedError, hasCode } from '#libs/kernel';
import { HomeLock } from '#libs/runtime';

const SLOTS_MAX = 64;

/** A directory for files in flight that this process alone writes to. */
export type StagingSlot = Readonly<{ path: string; release: () => Promise<void> }>;

/**
 * The first free directory of `home`/staging. Processes that share a home must not append to one staged file, and one
 * that was killed finds what it had staged when it comes again. Rejects with STORE_IN_USE when 64 are taken.
 */
export const takeStagingSlot = async (home: string): Promise<StagingSlot> => {
  for (let slot = 0; slot < SLOTS_MAX; slot += 1) {
    const path = join(home, 'staging', String(slot));
    try {
      const lock = await HomeLock.acquire(path);
      return { path, release: () => lock.release() };
    } catch (error) {
      if (!hasCode(error, 'STORE_IN_USE')) throw error;
    }
  }
  throw new CodedError('STORE_IN_USE', `All ${SLOTS_MAX} staging directories in ${home} are in use.`);
};
