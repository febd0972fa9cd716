/** @proves The embedded store loses no acknowledged event to kill -9. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkStore,
  StoreWriter,
  type Acknowledged,
} from '../../../../test/support/programs/store-writers.js';

const KILLS = 5;

/** Lets the writer run for a random moment, kills it, and tells what it had acknowledged. */
const writeAndKill = async (file: string, name: string): Promise<readonly Acknowledged[]> => {
  const writer = await StoreWriter.start(file, name);
  await writer.writes(1);
  await sleep(Math.random() * 250);
  return writer.kill();
};

describe('the libsql store under kill -9', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-crash-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  it(`loses nothing it acknowledged and holds no torn batch, ${KILLS} times over`, async () => {
    const file = join(home, 'chainkeep.db');
    const acknowledged: Acknowledged[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = acknowledged.length;
      acknowledged.push(...(await writeAndKill(file, 'lane')));
      expect(acknowledged.length).toBeGreaterThan(before);
      await checkStore(file, ['lane'], acknowledged);
    }
  });

  it('keeps its promises to three processes that write at once and are killed one by one', async () => {
    const file = join(home, 'chainkeep.db');
    const names = ['a', 'b', 'c'];
    const acknowledged = await Promise.all(names.map((name) => writeAndKill(file, name)));
    for (const each of acknowledged) expect(each.length).toBeGreaterThan(0);
    await checkStore(file, names, acknowledged.flat());
  });
});
