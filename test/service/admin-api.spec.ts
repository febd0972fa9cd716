/** @proves The admin API registers, changes and tests nodes, targets and backups, and keeps secrets in the vault. */
// The answers are JSON of many shapes: each expectation is what checks them.
/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AdminApiBench, E, expectProblem, prepare } from '../support/worlds/admin-api-bench.js';

describe('admin API', () => {
  let api: AdminApiBench;
  let otherKey: string;
  beforeAll(async () => {
    api = await AdminApiBench.start();
    ({ otherKey } = await prepare(api));
  });
  afterAll(async () => {
    await api.stop();
  });

  it('keeps what is secret of a node in the vault', async () => {
    const secrets = ['pass-in-url', 'pass-in-auth', 'PRIVATE-KEY-TEXT', 'proxy-pass'];
    const made = await api.ask('POST', `${E}/nodes`, {
      _id: 'v1',
      urls: { rpc: 'http://user:pass-in-url@127.0.0.1:1/', wss: 'ws://127.0.0.1:1/' },
      tls: { key: 'PRIVATE-KEY-TEXT', cert: 'CERT' },
      proxy: 'http://u:proxy-pass@127.0.0.1:2/',
    });
    expect(made.body).toMatchObject({ auth: '********', tls: '********', proxy: '********' });
    expect(made.body.urls.rpc).toBe('http://127.0.0.1:1/');
    const kept = await api.ask('PATCH', `${E}/nodes/v1`, { ...made.body, name: 'renamed' });
    expect(kept.status).toBe(200);
    const { state } = await api.ports.streams.environments.load('prod');
    const ref = state.status === 'live' ? state.nodes.get('v1')?.secretRef : undefined;
    const sealed = await api.ports.vault.get(ref as `vault:${string}`);
    expect(JSON.parse(sealed['auth'] ?? '')).toEqual({
      basic: { username: 'user', password: 'pass-in-url' },
    });
    const auth = { basic: { username: 'user', password: 'pass-in-auth' } };
    const answers = [
      made,
      kept,
      await api.ask('PATCH', `${E}/nodes/v1`, { auth }),
      await api.ask('PATCH', `${E}/nodes/v1`, {
        auth: { basic: { username: 'user2', password: '********' } },
      }),
      await api.ask('POST', `${E}/nodes/v1/probe`),
      await api.ask('PUT', `${E}/nodes/v1/reset`, {}),
      await api.ask('GET', `${E}/nodes`),
      await api.ask('POST', '/probe', { urls: { rpc: 'http://user:pass-in-url@127.0.0.1:1/' } }),
      await api.ask('POST', `${E}/nodes`, { urls: { rpc: 'http://user:pass-in-url@169.254.169.254/' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200, 200, 200, 200, 400]);
    const written = (await api.everythingWritten()) + answers.map(({ text }) => text).join('\n');
    for (const secret of secrets) expect(written).not.toContain(secret);
    const after = await api.ports.streams.environments.load('prod');
    const last = after.state.status === 'live' ? after.state.nodes.get('v1')?.secretRef : undefined;
    const now = JSON.parse((await api.ports.vault.get(last as `vault:${string}`))['auth'] ?? '');
    expect(now.basic).toEqual({ username: 'user2', password: 'pass-in-auth' });
  });

  it('configures the backup, resets the monitor and requests runs', async () => {
    const fresh = await api.ask('GET', `${E}/backup`);
    expect(fresh.body).toMatchObject({ enabled: false, frequency: 'once', next_runs: [] });
    const first = await api.ask('POST', `${E}/backup`, { enabled: true, frequency: 'four' });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ monitor_reset_required: true, agreement: 'all', time_zone: 'UTC' });
    expect(first.body.next_runs).toHaveLength(5);
    const again = await api.ask('POST', `${E}/backup`, { enabled: true });
    expectProblem(again, 'BACKUP_ALREADY_CONFIGURED', 409);
    const changed = await api.ask('PATCH', `${E}/backup`, {
      cron: '0 3 * * *',
      time_zone: 'Europe/Berlin',
      agreement: 'all_then_quorum',
      after_hours: 6,
    });
    expect(changed.body).toMatchObject({ cron: '0 3 * * *', agreement: 'all_then_quorum', after_hours: 6 });
    await api.ask('POST', `${E}/nodes`, {
      _id: 'monitor',
      role: 'monitor',
      urls: { rpc: 'http://127.0.0.1:1' },
    });
    await api.ask('PUT', `${E}/nodes/monitor/reset`, {});
    expect((await api.ask('GET', `${E}/backup`)).body.monitor_reset_required).toBe(false);

    const key = { 'idempotency-key': 'run-1' };
    const run = await api.ask('POST', `${E}/backup/runs`, undefined, key);
    expect([run.status, run.body.state, run.body.trigger]).toEqual([202, 'requested', 'manual']);
    expect((await api.ask('POST', `${E}/backup/runs`, undefined, key)).body._id).toBe(run.body._id);
    const followUp = await api.ask('POST', `${E}/backup/runs`);
    const coalesced = await api.ask('POST', `${E}/backup/runs`);
    expect([coalesced.status, coalesced.body._id]).toEqual([202, followUp.body._id]);
    expect((await api.ask('GET', `${E}/backup/runs/${run.body._id}`)).body).toMatchObject({
      _id: run.body._id,
      state: 'requested',
    });
    const runs = await api.ask('GET', `${E}/backup/runs`);
    expect(runs.body.map(({ _id }: { _id: string }) => _id).sort()).toEqual(
      [run.body._id, followUp.body._id].sort(),
    );
    expectProblem(await api.ask('GET', `${E}/backup/runs/none`), 'RESOURCE_NOT_FOUND', 404);
    const status = await api.ask('GET', `${E}/backup/status`);
    expect(status.body).toMatchObject({
      in_progress: true,
      phase: 'agreeing',
      monitor: 'unreachable',
      protected_block: null,
    });
    const history = await api.ask('GET', `${E}/backup/history`);
    expect(history.headers.get('content-disposition')).toBe('attachment; filename="backup_snapshot.json"');
    expect(history.body).toEqual({ latest_backup: null, provider: 'geth', history: [] });
    const asOf = await api.ask('GET', `${E}/backup/history?extended=true&as_of=2020-01-01T00:00:00Z`);
    expect(asOf.body.history).toEqual([]);
  });

  it('excuses a validator', async () => {
    await api.ask('POST', `${E}/nodes`, { _id: 'v2', role: 'validator' });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const excused = await api.ask('POST', `${E}/nodes/v2/excuse`, { until, reason: 'disk' });
    expect([excused.status, excused.body.excused]).toEqual([201, { until, reason: 'disk' }]);
    expect((await api.ask('DELETE', `${E}/nodes/v2/excuse`)).status).toBe(202);
    expect((await api.ask('GET', `${E}/nodes/v2`)).body).not.toHaveProperty('excused');
  });

  it('takes which nodes are one, and the address of a validator, and removes both again', async () => {
    await api.ask('POST', `${E}/nodes`, { _id: 'v2', role: 'validator' });
    const address = `0x${'Ab'.repeat(20)}`;
    const said = await api.ask('PATCH', `${E}/nodes/v2`, { same_as: 'v1', address });
    expect(said.body).toMatchObject({ same_as: 'v1', address: address.toLowerCase() });
    const kept = await api.ask('PATCH', `${E}/nodes/v2`, { name: 'a sentry' });
    expect(kept.body).toMatchObject({ same_as: 'v1', address: address.toLowerCase() });
    const removed = await api.ask('PATCH', `${E}/nodes/v2`, { same_as: null, address: null });
    expect(removed.body).not.toHaveProperty('same_as');
    expect(removed.body).not.toHaveProperty('address');
    for (const wrong of [{ same_as: 'v2' }, { address: '0x12' }])
      expectProblem(await api.ask('PATCH', `${E}/nodes/v2`, wrong), 'INPUT_INVALID', 400);
  });

  it('turns the warning about a network that stands still on and off', async () => {
    const on = await api.ask('PATCH', `${E}/backup`, { expected_block_within: 'PT10M' });
    expect(on.body).toMatchObject({ expected_block_within: 'PT10M' });
    const off = await api.ask('PATCH', `${E}/backup`, { expected_block_within: null });
    expect(off.body).toMatchObject({ expected_block_within: null });
    const wrong = await api.ask('PATCH', `${E}/backup`, { expected_block_within: '10m' });
    expectProblem(wrong, 'INPUT_INVALID', 400);
  });

  it('tests, switches and heals a target, and masks the secrets of foreign types', async () => {
    const path = join(api.home, 'targets', 'disk');
    await mkdir(path, { recursive: true });
    const made = await api.ask('POST', `${E}/configurations`, {
      _id: 'disk',
      membership_id: 'bank-a',
      type: 'backup',
      details: { provider: 'directory', path, environment_backup_target: true },
    });
    expect(made.body).toMatchObject({ state: 'enabled', checked: { ok: true } });
    const tested = await api.ask('POST', `${E}/configurations/disk/test`);
    expect([tested.status, tested.body.ok]).toEqual([200, true]);
    expect(tested.body.findings.map(({ check }: { check: string }) => check)).toEqual([
      'open',
      'write',
      'read back',
      'list',
      'conditional put',
      'remove',
    ]);
    const off = await api.ask('PATCH', `${E}/configurations/disk`, {
      details: { environment_backup_target: false },
    });
    expect(off.body.details).toEqual({ provider: 'directory', path, environment_backup_target: false });
    expect((await api.ask('GET', `${E}/configurations/disk/deliveries`)).body).toEqual([]);
    expect((await api.ask('POST', `${E}/configurations/disk/heal`)).status).toBe(202);

    const foreign = await api.ask('POST', `${E}/configurations`, {
      _id: 'ops',
      name: 'ops',
      membership_id: 'bank-a',
      type: 'opsmetric',
      details: { api_key: 'foreign-secret', deep: { url: 'http://x', password: 'foreign-pass' } },
    });
    expect(foreign.body.details).toEqual({
      api_key: '********',
      deep: { url: 'http://x', password: '********' },
    });
    expect((await api.ask('PATCH', `${E}/configurations/ops`, foreign.body)).status).toBe(200);
    const { state } = await api.ports.streams.configurations.load('ops');
    const ref = state.status === 'absent' ? undefined : state.secretRef;
    expect(await api.ports.vault.get(ref as `vault:${string}`)).toEqual({
      api_key: 'foreign-secret',
      'deep.password': 'foreign-pass',
    });
    expect(await api.everythingWritten()).not.toMatch(/foreign-(secret|pass)|sec-ret/);
  });

  it.each([
    [{ provider: 'directory', path: '' }, 'path'],
    [{ provider: 's3', endpoint: 'http://127.0.0.1:9', bucket: '' }, 'bucket'],
    [{ provider: 'aws', bucket: 'b', access_key_id: '', secret_access_key: '' }, 'secret_access_key'],
    [{ provider: 'aws', bucket: 'b', user_id: '', user_secret: '' }, 'secret_access_key'],
    [{ provider: 'aws', bucket: 'b', access_key_id: '', secret_access_key: 's' }, 'access_key_id'],
    [{ provider: 'azure', storage_account: 'acct', container: 'c', access_key: '' }, 'access_key'],
    [{ provider: 'azure', container: 'c', connection_string: '' }, 'connection_string'],
  ])('refuses %j for a target and a managed bucket: what is needed is empty', async (details, name) => {
    const body = { _id: 'hollow', membership_id: 'bank-a', type: 'backup', details };
    const answers = [
      await api.ask('POST', `${E}/configurations`, body),
      await api.ask('PATCH', E, { managed: details }),
    ];
    for (const answer of answers) {
      expectProblem(answer, 'INPUT_INVALID', 400);
      expect(answer.body.detail).toContain(name);
    }
  });

  it('keeps the keys of a target when empty ones are sent; null removes', async () => {
    const place = { provider: 's3', endpoint: 'http://127.0.0.1:9', bucket: 'b' };
    const details = { ...place, access_key_id: 'a', secret_access_key: 'kept', session_token: 'kept-too' };
    const body = { _id: 'keyed', membership_id: 'bank-a', type: 'backup', details };
    expect((await api.ask('POST', `${E}/configurations`, body)).status).toBe(201);
    const change = (changes: unknown) => api.ask('PATCH', `${E}/configurations/keyed`, { details: changes });
    for (const empty of ['', 0, false])
      expectProblem(
        await change({ access_key_id: '', secret_access_key: empty, session_token: null }),
        'INPUT_INVALID',
        400,
      );
    const shown = async (): Promise<unknown> =>
      (await api.ask('GET', `${E}/configurations/keyed`)).body.details;
    const kept = { access_key_id: 'a', secret_access_key: '********' };
    expect(await shown()).toMatchObject({ ...kept, session_token: '********' });
    expect((await change({ session_token: null })).status).toBe(200);
    expect(await shown()).toEqual({ ...place, ...kept, environment_backup_target: false });
  });

  it('takes a genesis, checks it and gives it back', async () => {
    const genesis = {
      config: { chainId: 1337 },
      difficulty: '0x1',
      gasLimit: '0x47b760',
      extraData: '0x',
      alloc: {},
    };
    expectProblem(await api.ask('GET', `${E}/genesis`), 'RESOURCE_NOT_FOUND', 404);
    const put = await api.ask('PUT', `${E}/genesis`, genesis);
    expect([put.status, put.body.version, put.body.chain_id]).toEqual([200, 1, 1337]);
    expect((await api.ask('GET', `${E}/genesis`)).body).toEqual(genesis);
    expect((await api.ask('PUT', `${E}/genesis`, genesis)).body.version).toBe(1);
    expectProblem(await api.ask('PUT', `${E}/genesis`, { alloc: {} }), 'INPUT_INVALID', 400);
  });

  it('follows events, from Last-Event-ID, showing members what is theirs', async () => {
    const read = async (key: string, until: RegExp): Promise<string> => {
      const stop = new AbortController();
      const headers = { authorization: `Bearer ${key}`, 'last-event-id': '-1' };
      const response = await fetch(`${api.url}/events`, { headers, signal: stop.signal });
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      let text = '';
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk as Uint8Array).toString();
        if (until.test(text)) break;
      }
      stop.abort();
      return text;
    };
    const mine = await read(otherKey, /GenesisProvided/);
    expect(mine).toContain('"stream":"environment-prod"');
    expect(mine).not.toContain('target-disk');
    expect(mine).not.toContain('configuration-ops');
    const all = await read(api.key, /GenesisProvided/);
    expect(all).toMatch(/id: target-\S+\/\d+\/\S+\nevent: TargetRegistered\n/);
    expect(all).not.toMatch(/"secretRef"|"hash":"[0-9a-f]{64}"/);
  });

  it('reports health, gauges and its own description', async () => {
    const ready = await api.ask('GET', '//readyz');
    expect(ready.body.environments).toContainEqual(
      expect.objectContaining({ environment_id: 'prod', enabled: true, trouble: null }),
    );
    expect(ready.body.targets).toContainEqual(
      expect.objectContaining({ configuration_id: 'disk', state: 'ok' }),
    );
    const metrics = await api.ask('GET', '//metrics');
    expect(metrics.text).toContain('chainkeep_backup_enabled{environment="prod"} 1');
    const description = await api.ask('GET', '//openapi.json', undefined, { authorization: undefined });
    expect(description.body.openapi).toBe('3.1.0');
    expect(description.body.paths).toHaveProperty('/api/v1/consortia/{c}/environments/{e}/backup/history');
    const docs = await api.ask('GET', '//docs', undefined, { authorization: undefined });
    expect(docs.text).not.toMatch(/(src|href)="https?:/);
    const position = String(await api.ports.store.head());
    expect((await api.ask('POST', '/history/rebuild')).body).toMatchObject({ position, equal: true });
  });
});
