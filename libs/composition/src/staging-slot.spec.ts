import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeStagingSlot } from './staging-slot.js';

describe('takeStagingSlot', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'slots-'));
  });
  afterEach(async () => {
    await rm(home, { recursive: true, force: true });
  });

  it('gives everybody another directory, and one that came free to the next', async () => {
    const first = await takeStagingSlot(home);
    const second = await takeStagingSlot(home);
    expect([first.path, second.path]).toEqual([join(home, 'staging', '0'), join(home, 'staging', '1')]);
    await first.release();
    const third = await takeStagingSlot(home);
    expect(third.path).toBe(first.path);
    await Promise.all([second.release(), third.release()]);
  });
});
