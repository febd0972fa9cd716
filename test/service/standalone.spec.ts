/** @proves npm start makes its first backup by itself, continues after a restart and stops in order. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  canonicalSelection,
  checkContinuity,
  parseHistoryDocument,
  type HistoryDocument,
} from '#libs/archive';
import { DemoService } from '../support/programs/demo-service.js';

const DEMO = '/api/v1/consortia/demo/environments/demo';
const WAIT_MS = 240_000;

describe('npm start', () => {
  let home: string;
  let service: DemoService | undefined;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'standalone-'));
  });
  afterEach(async () => {
    await service?.stop('SIGKILL').catch(() => undefined);
    await rm(home, { recursive: true, force: true });
  });

  const start = async (): Promise<DemoService> => {
    service = await DemoService.start({ CHAINKEEP_HOME: home });
    return service;
  };
  const stop = async (): Promise<number | null | undefined> => {
    const code = await service?.stop();
    service = undefined;
    return code;
  };
  const until = async <T>(read: () => Promise<T>, test: (value: T) => boolean): Promise<T> => {
    const deadline = Date.now() + WAIT_MS;
    for (;;) {
      const value = await read();
      if (test(value)) return value;
      if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value).slice(0, 500)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  const history = (running: DemoService) => () => running.get<HistoryDocument>(`${DEMO}/backup/history`);

  it('takes a first backup by itself, goes on after a restart, and ends in order', async () => {
    const first = await start();
    const before = await until(history(first), ({ history: files }) => files.length > 0);
    expect(await stop()).toBe(0);
    const second = await start();
    expect(second.output).not.toContain('Operator key');
    const kept = await second.get<HistoryDocument>(`${DEMO}/backup/history`);
    expect(kept.history.slice(0, before.history.length)).toEqual(before.history);
    expect((await second.send('POST', `${DEMO}/backup/runs`)).status).toBe(202);
    // The chain goes on at its own pace: asked again until there is a new block to back up.
    const askAgain = async () => {
      await second.send('POST', `${DEMO}/backup/runs`);
      return history(second)();
    };
    const after = await until(askAgain, ({ history: files }) => files.length > kept.history.length);
    expect(checkContinuity(canonicalSelection(after))).toEqual([]);
    expect(await stop()).toBe(0);
  });

  it('delivers all files to a target that is added late, and rebuilds an equal history', async () => {
    const running = await start();
    await until(history(running), ({ history: files }) => files.length > 0);
    const path = join(home, 'targets', 'bank-a');
    await mkdir(path, { recursive: true });
    const details = { provider: 'directory', path, environment_backup_target: true };
    const target = { _id: 'bank-a-dir', name: 'Bank A', membership_id: 'bank-a', type: 'backup', details };
    expect((await running.send('POST', `${DEMO}/configurations`, target)).status).toBe(201);
    const there = async () =>
      readFile(join(path, 'demo', 'backup_snapshot.json')).then(parseHistoryDocument, () => undefined);
    const now = await running.get<HistoryDocument>(`${DEMO}/backup/history`);
    const delivered = await until(there, (found) => (found?.history.length ?? 0) >= now.history.length);
    expect(delivered?.history[0]).toEqual(now.history[0]);
    expect(await running.send('POST', '/api/v1/history/rebuild')).toMatchObject({ body: { equal: true } });
    expect(await stop()).toBe(0);
  });
});
