import { open, readFile, rename } from 'node:fs/promises';
import type { Hex } from '#libs/kernel';
import type { StateDump } from './world-state.js';

/** The state after block `number`, kept so that a start executes only the blocks since. */
export type Snapshot = Readonly<{ number: number; hash: Hex; state: StateDump }>;

/** Replaces the file as a whole; durable when it resolves. */
export const writeWhole = async (path: string, text: string): Promise<void> => {
  const draft = `${path}.tmp`;
  const file = await open(draft, 'w');
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
};

export const writeSnapshot = (path: string, snapshot: Snapshot): Promise<void> =>
  writeWhole(path, JSON.stringify(snapshot));

const isSnapshot = (value: unknown): value is Snapshot =>
  typeof value === 'object' && value !== null && 'number' in value && 'hash' in value && 'state' in value;

/** undefined when there is none or it cannot be read: then older blocks are executed again, nothing is lost. */
export const readSnapshot = async (path: string): Promise<Snapshot | undefined> => {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isSnapshot(value) ? value : undefined;
  } catch {
    return undefined;
  }
};
