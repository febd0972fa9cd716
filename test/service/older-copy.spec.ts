/** @proves An older copy of the standalone store stops work, is told by health, doctor and the API, and can be accepted. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createLog } from '#libs/runtime';
import { ensureOperatorKey } from '#libs/services';
import { readStandaloneConfig } from '../../apps/standalone/src/standalone.config.js';
import { startStandalone } from '../../apps/standalone/src/start-standalone.js';
import { eventually } from '../support/checks/eventually.js';
import { runCliProcess } from '../support/programs/run-cli.js';

const PATIENCE_MS = 120_000;

it('stops at an older copy, says so, and goes on when it is accepted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'ck-older-copy-'));
  const config = readStandaloneConfig([], { CHAINKEEP_HOME: home, CHAINKEEP_PORT: '0' });
  const start = () => startStandalone({ config, log: createLog({ level: 'silent' }), open: true });
  const file = join(home, 'chainkeep.db');
  const ready = async (url: string) => (await fetch(`${url}/readyz`)).json() as Promise<{ code?: string }>;
  const env = { CHAINKEEP_HOME: home };
  const register = (url: string, id: string) =>
    fetch(`${url}/api/v1/consortia`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id, name: id }),
    });
  try {
    const first = await start();
    await ensureOperatorKey(first.ports);
    await first.stop();
    await copyFile(file, join(home, 'copy.db'));

    const second = await start();
    expect((await register(second.url, 'acme')).status).toBe(201);
    // What this process knows last is noted within 5 s, so that a later one can tell.
    await eventually('it is noted', PATIENCE_MS, async () => {
      await second.ports.store.head();
      return (await readFile(join(home, 'store.json'), 'utf8')).includes('consortium-acme');
    });
    await second.stop();
    await copyFile(join(home, 'copy.db'), file);

    const third = await start();
    await eventually(
      'it says so',
      PATIENCE_MS,
      async () => (await ready(third.url)).code === 'STORE_REWOUND',
    );
    expect((await register(third.url, 'other')).status).toBe(503);
    const doctor = await runCliProcess(['doctor'], { ...env, CHAINKEEP_URL: third.url });
    expect(doctor.err).toMatch(/STORE_REWOUND[^]*chainkeep store accept/);

    const planned = await runCliProcess(['store', 'accept'], env);
    expect(planned).toMatchObject({ code: 1 });
    expect(planned.out).toMatch(/older copy[^]*consortium-acme[^]*--yes/);
    expect((await ready(third.url)).code).toBe('STORE_REWOUND');
    expect(await runCliProcess(['store', 'accept', '--yes'], env)).toMatchObject({ code: 0, err: '' });
    await eventually('it goes on', PATIENCE_MS, async () => (await ready(third.url)).code === undefined);
    expect((await register(third.url, 'other')).status).toBe(201);
    await third.stop();
  } finally {
    await rm(home, { recursive: true });
  }
});
