import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HomeLock } from './home-lock.js';

describe('HomeLock', () => {
  let base: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'chainkeep-lock-'));
  });
  afterEach(async () => {
    await rm(base, { recursive: true });
  });

  // A path longer than sockets may have is reached by another name.
  it.each(['home', `long/${'x'.repeat(120)}`])(
    'is held by one and named by its process id (%s)',
    async (name) => {
      const home = join(base, name);
      const lock = await HomeLock.acquire(home);
      const refused = { code: 'STORE_IN_USE', context: { pid: String(process.pid) } };
      await expect(HomeLock.acquire(home)).rejects.toMatchObject(refused);
      await expect(HomeLock.acquire(home)).rejects.toMatchObject(refused);
      await lock.release();
      await lock.release();
      await (await HomeLock.acquire(home)).release();
    },
  );

  it.each(['home', `long/${'x'.repeat(120)}`])('does not depend on TMPDIR (%s)', async (name) => {
    const home = join(base, name);
    const before = process.env['TMPDIR'];
    try {
      process.env['TMPDIR'] = join(base, 'one');
      const lock = await HomeLock.acquire(home);
      process.env['TMPDIR'] = join(base, 'other');
      await expect(HomeLock.acquire(home)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
      await lock.release();
      expect(await readdir(join(home, 'lock'))).toStrictEqual([]);
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  });

  it('leaves no socket behind', async () => {
    await (await HomeLock.acquire(join(base, 'home'))).release();
    expect(await readdir(join(base, 'home/lock'))).toStrictEqual([]);
  });

  it('is given to exactly one of many that come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, async () => HomeLock.acquire(join(base, 'home'))),
      );
      const held = tries.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(held).toHaveLength(1);
      await held[0]!.release();
    }
  });
});
