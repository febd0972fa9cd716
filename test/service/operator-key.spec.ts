/** @proves No start leaves an installation without an operator key that somebody has; on the server one can always be made. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openStore } from '#libs/composition/store.adapters';
import { createChainkeepStreams, type ChainkeepStreams } from '#libs/contracts';
import { sha256Hex } from '#libs/kernel';
import { SystemClock } from '#libs/runtime';
import { ensureOperatorKey, keptOperatorKey, OPERATORS } from '#libs/services';
import { runCliProcess } from '../support/programs/run-cli.js';

jest.setTimeout(240_000);

describe('the operator key', () => {
  let home: string;
  let opened: Awaited<ReturnType<typeof openStore>>;
  let streams: ChainkeepStreams;
  const parts = () => ({ streams, clock: new SystemClock(), home });

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-key-'));
    opened = await openStore({ eventStore: undefined, databaseUrl: undefined, home }, false);
    streams = createChainkeepStreams(opened.store);
  });
  afterEach(async () => {
    await opened.close();
    await rm(home, { recursive: true });
  });
  const hashes = async (): Promise<readonly string[]> => {
    const { state } = await streams.members.load(OPERATORS);
    return state.status === 'absent' ? [] : [...state.keys.values()].map(({ hash }) => hash);
  };

  it('is kept before it is issued: a start that ended in between is made good by the next one', async () => {
    const { members } = streams;
    const dying = { load: members.load.bind(members), handle: () => Promise.reject(new Error('killed')) };
    const killed = ensureOperatorKey({
      ...parts(),
      streams: { members: dying as unknown as typeof members },
    });
    await expect(killed).rejects.toThrow('killed');
    const text = await keptOperatorKey(home);
    expect(text).toMatch(/^ck_/);
    expect(await ensureOperatorKey(parts())).toBe(text);
    expect(await hashes()).toEqual([sha256Hex(text ?? '')]);
    expect(await ensureOperatorKey(parts())).toBeUndefined();
  });

  it('is not issued when it cannot be kept', async () => {
    await mkdir(join(home, 'operator.key'));
    await expect(ensureOperatorKey(parts())).rejects.toThrow();
    expect(await hashes()).toEqual([]);
  });

  it('is made on the server at any time, beside a store that is in use, and recorded', async () => {
    await ensureOperatorKey(parts());
    const env = { CHAINKEEP_HOME: home };
    const { code, out } = await runCliProcess(['keys', 'issue', '--local', '--json'], env);
    expect(code).toBe(0);
    const { _id, key } = JSON.parse(out) as Readonly<{ _id: string; key: string }>;
    expect(await hashes()).toContain(sha256Hex(key));
    const events = [];
    for await (const event of opened.store.readStream(`member-${OPERATORS}`)) events.push(event);
    expect(events.at(-1)).toMatchObject({ type: 'ApiKeyIssued', data: { keyId: _id, role: 'operator' } });
    expect(events.at(-1)?.metadata.actor).toMatch(/^local:/);
    const elsewhere = { CHAINKEEP_HOME: join(home, 'nothing') };
    expect((await runCliProcess(['keys', 'issue', '--local'], elsewhere)).code).toBe(2);
    expect((await runCliProcess(['keys', 'issue'], env)).code).toBe(2);
  });
});
