/**
 * @proves Services that start while their store is away live, say within 3 s what they wait for, since when and at which host, and never end; a start on a locked data directory says after 15 s what it waits for and goes on.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { spawnTs } from '../support/programs/run-ts.js';
import { StandaloneProcess } from '../support/programs/standalone-process.js';
import { eventually } from '../support/checks/eventually.js';
import { freePorts } from '../support/servers/free-ports.js';

/** Longer than anything in a process tries a store in one go. */
const AWAY_MS = 17_000;
const ANSWER_MS = 3_000;
const WAIT_MS = 240_000;

type Answer = Readonly<{ status: number; body: Record<string, unknown>; tookMs: number }>;

const ask = async (url: string, headers: Record<string, string> = {}): Promise<Answer> => {
  const began = performance.now();
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body, tookMs: performance.now() - began };
};

const lives = (url: string, headers?: Record<string, string>) =>
  eventually(`${url} answers`, WAIT_MS, async () => ask(`${url}/livez`, headers).catch(() => false as const));

describe('a service that starts while its store is away', () => {
  let directory: string;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-away-'));
  });
  afterAll(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (
    service: string,
  ): Promise<Readonly<{ child: ChildProcess; url: string; out: () => string }>> => {
    const [port = 0] = await freePorts(1);
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      KAFKA_BROKERS: '127.0.0.1:9',
      DATABASE_URL: 'postgres://someone:a-secret-word@127.0.0.1:9/nothing',
      CHAINKEEP_SECRET_KEY: 'a'.repeat(64),
      CHAINKEEP_HOME: join(directory, service),
      CHAINKEEP_HEALTH_PORT: String(port),
      CHAINKEEP_PORT: String(port),
    };
    const child = spawnTs(`apps/${service}/src/main.ts`, { env });
    let out = '';
    child.stdout?.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr?.on('data', (text: Buffer) => (out += text.toString()));
    children.push(child);
    return { child, url: `http://127.0.0.1:${port}`, out: () => out };
  };

  const waits = async (service: string): Promise<void> => {
    const { child, url, out } = await start(service);
    expect(await lives(url, { authorization: 'Bearer ck_some_key' })).toMatchObject({ status: 200 });
    const since = expect.stringMatching(/^20\d\d-\d\d-\d\dT/) as unknown;
    const said = { status: 'unavailable', code: 'STORE_UNAVAILABLE', host: '127.0.0.1:9', since };
    for (const headers of [{}, { authorization: 'Bearer ck_some_key' }]) {
      const { status, body, tookMs } = await ask(`${url}/readyz`, headers);
      expect({ status, body }).toEqual({ status: 503, body: said });
      expect(tookMs).toBeLessThan(ANSWER_MS);
    }
    await sleep(AWAY_MS);
    expect(child.exitCode).toBeNull();
    expect(await ask(`${url}/readyz`)).toMatchObject({ status: 503, body: said });
    expect(out()).toContain('Waiting for what does not answer');
    expect(out()).not.toContain('a-secret-word');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  };

  it('lives, says what it waits for, and goes on waiting: the API, a worker and the relay', async () => {
    await Promise.all(['admin-api', 'exporter', 'relay'].map(waits));
  });

  it('the standalone mode waits for a locked store, says so after 15 s, and then runs', async () => {
    const home = join(directory, 'home');
    const config = join(directory, 'network.yaml');
    await writeFile(config, JSON.stringify({ consortium: { id: 'acme', name: 'Acme' } }));
    const first = await StandaloneProcess.start({ home, config });
    expect(await first.stop()).toBe(0);
    const locked = new Database(join(home, 'chainkeep.db'));
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    locked.exec('BEGIN IMMEDIATE');
    const second = await StandaloneProcess.spawn(
      { home, config, env: { CHAINKEEP_PORT: String(port) } },
      first.key,
    );
    expect(await lives(url)).toMatchObject({ status: 200 });
    expect(await ask(`${url}/readyz`)).toMatchObject({
      status: 503,
      body: { code: 'STORE_UNAVAILABLE', host: join(home, 'chainkeep.db') },
    });
    await second.until(() => second.output.includes('Chainkeep is waiting'), 'word of waiting');
    locked.exec('ROLLBACK');
    locked.close();
    await second.until(() => second.output.includes('Ctrl-C stops it'), 'the greeting');
    expect(await ask(`${url}/readyz`)).toMatchObject({ status: 200 });
    expect(await second.stop()).toBe(0);
  });
});
