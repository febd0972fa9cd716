import { readdirSync, readlinkSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/** What had been written when it was made durable: a file's length, or the names in a folder. */
export type Synced = Readonly<{ path: string; bytes: number } | { path: string; names: readonly string[] }>;

/**
 * Notes every `FileHandle.sync` of this process while `work` runs, in order, and lets it happen. A power loss can't be
 * tested; that something was flushed before it was acknowledged can. Reads /proc, so Linux only.
 */
export const recordSyncs = async (work: () => Promise<unknown>): Promise<readonly Synced[]> => {
  const any = await open('/proc/self/stat');
  const prototype = Object.getPrototypeOf(any) as FileHandle;
  await any.close();
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its handle below
  const { sync } = prototype;
  const synced: Synced[] = [];
  prototype.sync = async function (this: FileHandle): Promise<void> {
    const path = readlinkSync(`/proc/self/fd/${this.fd}`);
    const stats = await this.stat();
    synced.push(stats.isDirectory() ? { path, names: readdirSync(path) } : { path, bytes: stats.size });
    await sync.call(this);
  };
  try {
    await work();
  } finally {
    prototype.sync = sync;
  }
  return synced;
};
