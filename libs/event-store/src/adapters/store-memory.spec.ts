import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { recordSyncs } from '../../../../test/support/checks/sync-record.js';
import { describeStoreMemoryContract } from '../store-memory.contract.js';
import { FileStoreMemory } from './file.store-memory.js';
import { MemoryStoreMemory } from './memory.store-memory.js';

describeStoreMemoryContract('memory', async () => {
  const memory = new MemoryStoreMemory();
  return { memory, reopen: async () => memory, close: async () => undefined };
});

const aHome = async () => {
  const home = await mkdtemp(join(tmpdir(), 'ck-memory-'));
  return { home, close: () => rm(home, { recursive: true }) };
};

describeStoreMemoryContract('a data directory', async () => {
  const { home, close } = await aHome();
  return { memory: new FileStoreMemory(home), reopen: async () => new FileStoreMemory(home), close };
});

it('keeps the id in a data directory as version 0.1 reads and writes it', async () => {
  const { home, close } = await aHome();
  await writeFile(join(home, 'installation'), 'from-0.1\n');
  const memory = new FileStoreMemory(home);
  expect(await memory.recall()).toStrictEqual({ installation: 'from-0.1', founded: false });
  await memory.update({ founded: true });
  expect(await memory.recall()).toStrictEqual({ installation: 'from-0.1', founded: true });
  await memory.update({ installation: 'moved' });
  expect(await readFile(join(home, 'installation'), 'utf8')).toBe('moved\n');
  await close();
});

it('has flushed a file and its name when a change resolves', async () => {
  const { home, close } = await aHome();
  const memory = new FileStoreMemory(home);
  await memory.update({ installation: 'ours' });
  const synced = await recordSyncs(() => memory.update({ founded: true }));
  const { length: bytes } = await readFile(join(home, 'store.json'));
  expect(synced).toMatchObject([
    { path: expect.stringContaining('store.json.'), bytes },
    { path: home, names: ['installation', 'store.json'] },
  ]);
  await close();
});
