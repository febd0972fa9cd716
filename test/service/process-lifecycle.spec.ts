/** @proves A process stops in order on a signal and at once on the second, and only one process uses a data directory. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HomeLock } from '#libs/runtime';
import { crashPointsIn } from '../support/programs/crash-points.js';
import { spawnTs } from '../support/programs/run-ts.js';

type Starting = Readonly<{ deadlineMs?: number; env?: NodeJS.ProcessEnv }>;
type Running = Readonly<{
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | string | null>;
}>;

describe('A process of the platform', () => {
  let home: string;
  let running: ChildProcess[] = [];
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-life-'));
  });
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    running = [];
    await rm(home, { recursive: true });
  });

  const start = async (mode: string, { deadlineMs = 240_000, env }: Starting = {}): Promise<Running> => {
    const child = spawnTs('test/support/programs/lifecycle-main.ts', {
      args: [mode, home, String(deadlineMs)],
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    running.push(child);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, 'close').then(
      ([code, signal]: unknown[]) => (code ?? signal) as number | string | null,
    );
    return { child, output: () => output, ended };
  };

  const ready = async (mode: string, starting: Starting = {}): Promise<Running> => {
    const process = await start(mode, starting);
    while (!process.output().includes('"ready"') && process.child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process;
  };

  describe('and the lock of the data directory', () => {
    it('keeps others out, by its process id, until it ends in order', async () => {
      const { child, ended } = await ready('lock');
      await expect(HomeLock.acquire(home)).rejects.toMatchObject({
        code: 'STORE_IN_USE',
        context: { pid: String(child.pid) },
      });
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      await (await HomeLock.acquire(home)).release();
    });

    it('is taken over at once after kill -9', async () => {
      const { child, ended } = await ready('lock');
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      await (await HomeLock.acquire(home)).release();
    });

    it('keeps others out while its process is frozen', async () => {
      const { child, ended } = await ready('lock');
      child.kill('SIGSTOP');
      await expect(HomeLock.acquire(home)).rejects.toMatchObject({ context: { pid: String(child.pid) } });
      child.kill('SIGKILL');
      await ended;
    });

    it('is given to one of several processes that start at once', async () => {
      const all = await Promise.all([1, 2, 3].map(async () => ready('lock')));
      const refused = all.filter(({ child }) => child.exitCode !== null);
      await Promise.all(refused.map(({ ended }) => ended));
      expect(refused).toHaveLength(2);
      expect(all.filter(({ output }) => output().includes('STORE_IN_USE'))).toHaveLength(2);
    });
  });

  describe('and signals', () => {
    it('ends with 0 although Ctrl-C arrives twice', async () => {
      const { child, ended, output } = await ready('stop');
      child.kill('SIGINT');
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      expect(output()).toContain('Stopped.');
    });

    it('ends with 1 at a second signal later on', async () => {
      const { child, ended, output } = await ready('hang');
      child.kill('SIGTERM');
      while (!output().includes('Stopping.')) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 1_150));
      child.kill('SIGTERM');
      expect(await ended).toBe(1);
      expect(output()).toContain('second signal');
    });

    it('ends with 1 at the deadline', async () => {
      const { child, ended, output } = await ready('hang', { deadlineMs: 1_500 });
      child.kill('SIGTERM');
      expect(await ended).toBe(1);
      expect(output()).toContain('took too long');
    });

    it('ends with 1 when stopping fails', async () => {
      const { child, ended, output } = await ready('fail');
      child.kill('SIGTERM');
      expect(await ended).toBe(1);
      expect(output()).toContain('cannot stop');
    });

    it('ends with 70 and a code at what nobody caught', async () => {
      const { ended, output } = await start('reject');
      expect(await ended).toBe(70);
      expect(output()).toContain('"code":"INTERNAL"');
      expect(output()).toContain('nobody listens');
    });
  });

  describe('and crash points', () => {
    const files = async (): Promise<string[]> =>
      (await readdir(join(home, 'env')).catch(() => [])).filter((name) => name.endsWith('.rlp')).sort();

    it('records their names in a dry run', async () => {
      const record = join(home, 'record');
      const { child, ended } = await ready('put', { env: { CHAINKEEP_TEST_CRASH_RECORD: record } });
      child.kill('SIGTERM');
      await ended;
      expect(crashPointsIn(record)).toStrictEqual([
        'before-put:managed/segment',
        'after-put:managed/segment',
      ]);
      expect(crashPointsIn(record, true)).toHaveLength(4);
    });

    it.each([
      ['before-put:managed/segment', []],
      ['after-put:managed/segment', ['a.rlp']],
      ['before-put:managed/segment:2', ['a.rlp']],
      ['after-put:managed/segment:2', ['a.rlp', 'b.rlp']],
    ])('kill the process at %s', async (point, left) => {
      const { ended } = await start('put', { env: { CHAINKEEP_TEST_CRASH_AT: point } });
      expect(await ended).toBe('SIGKILL');
      expect(await files()).toStrictEqual(left);
    });
  });
});
