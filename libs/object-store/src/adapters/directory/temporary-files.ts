import { createHash, randomUUID } from 'node:crypto';
import { readdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemCode } from './file-system.js';

const STALE_AFTER_MS = 24 * 60 * 60 * 1000;

/** Process ids mean nothing on another host that mounts the same directory. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 12);
/** Tells this process from an earlier one with the same id (in containers it is always 1). */
const INSTANCE = randomUUID().slice(0, 8);

export const newTemporaryName = (): string => `${HOST}.${process.pid}.${INSTANCE}.${randomUUID()}`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
};

const writerIsDead = (name: string): boolean => {
  const [host, pidText, instance] = name.split('.');
  const pid = Number(pidText);
  if (host !== HOST || !Number.isSafeInteger(pid) || pid <= 0) return false;
  return pid === process.pid ? instance !== INSTANCE : !isAlive(pid);
};

/** Removes what writers that no longer exist left behind, and anything untouched for a day. */
export const sweepTemporaryFiles = async (directory: string, nowMs: number): Promise<void> => {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    try {
      if (!writerIsDead(name) && nowMs - (await stat(path)).mtimeMs < STALE_AFTER_MS) continue;
      await unlink(path);
    } catch (error) {
      // Another process swept it first.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
};
