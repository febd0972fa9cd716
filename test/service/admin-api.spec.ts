import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AdminApiBench, type Answer } from '../support/admin-api-bench.js';

const E = '/consortia/acme/environments/prod';

describe('admin API', () => {
  let api: AdminApiBench;

  beforeAll(async () => {
    api = await AdminApiBench.start();
  });
  afterAll(async () => {
    await api.stop();
  });

  const expectProblem = ({ status, headers, body }: Answer, code: string, expected: number): void => {
    expect({ status, code: body.code }).toEqual({ status: expected, code });
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ status: expected, detail: expect.any(String), hint: expect.any(String) });
    expect(body.correlation_id).toBe(headers.get('x-correlation-id'));
  };

  it('serves clients of the original service: the requests and codes they send and expect', async () => {
    const consortium = await api.ask('POST', '/consortia', { name: 'Acme', description: 'Trade' });
    expect(consortium.status).toBe(201);
    const c = consortium.body._id as string;
    expect(c).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);
    expect((await api.ask('GET', '/consortia')).body).toContainEqual(expect.objectContaining({ _id: c }));
    const renamed = await api.ask('PATCH', `/consortia/${c}`, { name: 'Acme 2' });
    expect([renamed.status, renamed.body.name, renamed.body.description]).toEqual([200, 'Acme 2', 'Trade']);

    const member = await api.ask('POST', `/consortia/${c}/memberships`, {
      org_name: 'Bank A',
      verification_proof: 'proof',
    });
    expect([member.status, member.body.org_name]).toEqual([201, 'Bank A']);
    const m = member.body._id as string;
    expect((await api.ask('GET', `/consortia/${c}/memberships`)).body).toHaveLength(1);
    expect((await api.ask('PATCH', `/consortia/${c}/memberships/${m}`, { org_name: 'A' })).status).toBe(200);

    const environment = await api.ask('POST', `/consortia/${c}/environments`, {
      name: 'prod',
      description: '',
      provider: 'pantheon',
      consensus_type: 'poa',
      release_id: 'r1',
      block_period: 5,
      chain_id: 77,
      prefunded_accounts: { '0x01': '1' },
      test_features: { multi_region: true },
      unknown_field: 'ignored',
    });
    expect(environment.status).toBe(201);
    expect(environment.body).toMatchObject({
      name: 'prod',
      provider: 'pantheon',
      consensus_type: 'poa',
      state: 'live',
      release_id: 'r1',
      block_period: 5,
      chain_id: 77,
      prefunded_accounts: { '0x01': '1' },
      test_features: { multi_region: true },
    });
    expect(environment.body).not.toHaveProperty('unknown_field');
    const e = environment.body._id as string;
    const base = `/consortia/${c}/environments/${e}`;
    const stored = await api.ports.streams.environments.load(e);
    expect(stored.state).toMatchObject({ provider: 'besu', consensus: 'clique' });
    expect((await api.ask('GET', `/consortia/${c}/environments`)).body).toEqual([environment.body]);
    expect((await api.ask('GET', `/c/${c}/e/${e}`)).body).toEqual(environment.body);

    const configuration = await api.ask('POST', `${base}/configurations`, {
      name: 's3',
      membership_id: m,
      type: 'backup',
      details: { provider: 'aws', bucket: 'b', region: 'eu-west-1', user_id: 'AKIA', user_secret: 'sec-ret' },
    });
    expect(configuration.status).toBe(201);
    const k = configuration.body._id as string;
    expect(configuration.body.details).toEqual({
      provider: 'aws',
      environment_backup_target: false,
      bucket: 'b',
      region: 'eu-west-1',
      access_key_id: 'AKIA',
      secret_access_key: '********',
    });
    expect((await api.ask('PATCH', `${base}/configurations/${k}`, configuration.body)).status).toBe(200);
    expect((await api.ask('GET', `${base}/configurations`)).body).toHaveLength(1);

    // The Terraform provider sends empty texts for what is not set, and no URLs.
    const node = await api.ask('POST', `${base}/nodes`, {
      name: '',
      membership_id: m,
      role: 'validator',
      backup_id: k,
    });
    expect(node.status).toBe(201);
    expect(node.body).toMatchObject({
      membership_id: m,
      role: 'validator',
      state: 'started',
      backup_id: k,
      provider: 'pantheon',
      consensus_type: 'poa',
      urls: {},
    });
    const n = node.body._id as string;
    const changed = await api.ask('PATCH', `${base}/nodes/${n}`, {
      name: 'v1',
      urls: { rpc: 'http://127.0.0.1:1' },
    });
    expect([changed.status, changed.body.name, changed.body.backup_id]).toEqual([200, 'v1', k]);
    const reset = await api.ask('PUT', `${base}/nodes/${n}/reset`, {});
    expect([reset.status, reset.body.reset.how]).toEqual([200, 're-probed']);
    expect((await api.ask('GET', `${base}/nodes`)).body).toHaveLength(1);

    for (const path of [`${base}/nodes/${n}`, `${base}/configurations/${k}`, base]) {
      expect((await api.ask('DELETE', path)).status).toBe(202);
      expectProblem(await api.ask('GET', path), 'RESOURCE_NOT_FOUND', 404);
    }
    for (const path of [`/consortia/${c}/memberships/${m}`, `/consortia/${c}`]) {
      expect((await api.ask('DELETE', path)).status).toBe(202);
      expectProblem(await api.ask('GET', path), 'RESOURCE_NOT_FOUND', 404);
    }
    expect((await api.ask('GET', '/consortia')).body).not.toContainEqual(expect.objectContaining({ _id: c }));
  });

  describe('with a consortium of its own', () => {
    let adminKey: string;
    let viewerKey: string;
    let otherKey: string;
    const as = (key: string | undefined) => ({ authorization: key && `Bearer ${key}` });

    beforeAll(async () => {
      await api.ask('POST', '/consortia', { _id: 'acme', name: 'Acme' });
      for (const id of ['bank-a', 'bank-b'])
        await api.ask('POST', '/consortia/acme/memberships', { id, org_name: id });
      await api.ask('POST', '/consortia/acme/environments', { id: 'prod', name: 'prod', provider: 'geth' });
      const issue = async (member: string, role: string): Promise<string> =>
        (await api.ask('POST', `/consortia/acme/memberships/${member}/keys`, { role, label: role })).body.key;
      adminKey = await issue('bank-a', 'member_admin');
      viewerKey = await issue('bank-a', 'member_viewer');
      otherKey = await issue('bank-b', 'member_admin');
    });

    it('asks every request for a key, and ends a revoked one at once', async () => {
      expectProblem(await api.ask('GET', '/consortia', undefined, as(undefined)), 'AUTH_REQUIRED', 401);
      expectProblem(await api.ask('GET', '/consortia', undefined, as('ck_wrong')), 'AUTH_INVALID', 401);
      expectProblem(await api.ask('GET', '//metrics', undefined, as(undefined)), 'AUTH_REQUIRED', 401);
      expect((await api.ask('GET', '//livez', undefined, as(undefined))).body).toEqual({ status: 'ok' });
      const short = await api.ask('GET', '//readyz', undefined, as(undefined));
      expect(short.body).toEqual({ status: 'ok', open: false });

      const made = await api.ask('POST', '/consortia/acme/memberships/bank-b/keys', { label: 'x' });
      expect([made.status, made.body.role]).toEqual([201, 'member_viewer']);
      expect((await api.ask('GET', '/consortia', undefined, as(made.body.key))).status).toBe(200);
      const keys = await api.ask('GET', '/consortia/acme/memberships/bank-b/keys');
      expect(keys.text).not.toContain(made.body.key);
      const revoked = await api.ask('DELETE', `/consortia/acme/memberships/bank-b/keys/${made.body._id}`);
      expect(revoked.status).toBe(202);
      expectProblem(await api.ask('GET', '/consortia', undefined, as(made.body.key)), 'AUTH_INVALID', 401);
      expect(await api.everythingWritten()).not.toContain(made.body.key);
    });

    it('lets members see and change what is theirs only', async () => {
      const body = { _id: 'a-s3', type: 'backup', details: { provider: 'aws', bucket: 'a' } };
      const path = `${E}/configurations/a-s3`;
      expectProblem(await api.ask('POST', `${E}/configurations`, body, as(viewerKey)), 'AUTH_FORBIDDEN', 403);
      const made = await api.ask('POST', `${E}/configurations`, body, as(adminKey));
      expect([made.status, made.body.membership_id]).toEqual([201, 'bank-a']);
      expect((await api.ask('GET', path, undefined, as(viewerKey))).status).toBe(200);
      expectProblem(await api.ask('GET', path, undefined, as(otherKey)), 'RESOURCE_NOT_FOUND', 404);
      expect((await api.ask('GET', `${E}/configurations`, undefined, as(otherKey))).body).toEqual([]);
      const stolen = { ...body, _id: 'b-s3', membership_id: 'bank-b' };
      expectProblem(
        await api.ask('POST', `${E}/configurations`, stolen, as(adminKey)),
        'AUTH_FORBIDDEN',
        403,
      );
      for (const [method, where] of [
        ['POST', `${E}/backup/runs`],
        ['PATCH', `${E}/backup`],
        ['DELETE', E],
        ['POST', '/consortia/acme/memberships/bank-a/keys'],
        ['POST', '/history/rebuild'],
      ] as const) {
        expectProblem(await api.ask(method, where, {}, as(adminKey)), 'AUTH_FORBIDDEN', 403);
      }
      const disk = { type: 'backup', details: { provider: 'directory', path: '/tmp' } };
      expectProblem(await api.ask('POST', `${E}/configurations`, disk, as(adminKey)), 'AUTH_FORBIDDEN', 403);
      await api.ask('POST', '/consortia', { _id: 'elsewhere', name: 'Elsewhere' });
      const hidden = await api.ask('GET', '/consortia/elsewhere', undefined, as(adminKey));
      expectProblem(hidden, 'RESOURCE_NOT_FOUND', 404);
    });

    it('gives revisions as ETags and holds callers to them', async () => {
      const read = await api.ask('GET', E);
      const etag = read.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"\d+"$/);
      const ifMatch = { 'if-match': etag };
      expect((await api.ask('PATCH', E, { description: 'one' }, ifMatch)).status).toBe(200);
      expectProblem(await api.ask('PATCH', E, { description: 'two' }, ifMatch), 'PRECONDITION_FAILED', 412);
      expect((await api.ask('GET', E)).body.description).toBe('one');
    });

    it('makes one thing of a request that is repeated under one Idempotency-Key', async () => {
      const headers = { 'idempotency-key': 'once-only' };
      const first = await api.ask('POST', '/consortia/acme/memberships', { org_name: 'C' }, headers);
      const second = await api.ask('POST', '/consortia/acme/memberships', { org_name: 'C' }, headers);
      expect([first.status, second.status, second.body._id]).toEqual([201, 201, first.body._id]);
      const again = await api.ask('POST', '/consortia', { _id: 'acme', name: 'Acme' });
      expectProblem(again, 'RESOURCE_EXISTS', 409);
    });

    it('names every problem of a body at once, and refuses what is too large or no JSON', async () => {
      const wrong = await api.ask('PATCH', `${E}/backup`, { enabled: 'yes', segment_blocks: 'all' });
      expectProblem(wrong, 'INPUT_INVALID', 400);
      expect(wrong.body.detail).toMatch(/enabled: .*segment_blocks: /);
      expectProblem(await api.ask('PATCH', `${E}/backup`, '{"enabled":'), 'INPUT_INVALID', 400);
      const large = await api.ask('PATCH', E, { description: 'x'.repeat(1_100_000) });
      expectProblem(large, 'BODY_TOO_LARGE', 413);
      expectProblem(await api.ask('GET', '/nothing/here'), 'RESOURCE_NOT_FOUND', 404);
      const slow = await api.ask('PATCH', `${E}/backup`, { every_minutes: 3 });
      expectProblem(slow, 'SCHEDULE_INVALID', 400);
      expectProblem(await api.ask('POST', `${E}/backup/runs`), 'BACKUP_DISABLED', 409);
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
        monitor: { online: false, halted: false },
        protected_block: null,
      });
      const history = await api.ask('GET', `${E}/backup/history`);
      expect(history.headers.get('content-disposition')).toBe('attachment; filename="backup_snapshot.json"');
      expect(history.body).toEqual({ latest_backup: null, provider: 'geth', history: [] });
      const asOf = await api.ask('GET', `${E}/backup/history?extended=true&as_of=2026-01-01T00:00:00Z`);
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

    it('tests, switches and heals a target, and masks the secrets of foreign types', async () => {
      const path = join(api.home, 'target');
      await mkdir(path);
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
      expect(mine).not.toContain('target-a-s3');
      expect(mine).not.toContain('configuration-ops');
      const all = await read(api.key, /GenesisProvided/);
      expect(all).toMatch(/id: \d+\nevent: TargetRegistered\n/);
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
      const description = await api.ask('GET', '//openapi.json', undefined, as(undefined));
      expect(description.body.openapi).toBe('3.1.0');
      expect(description.body.paths).toHaveProperty('/api/v1/consortia/{c}/environments/{e}/backup/history');
      const docs = await api.ask('GET', '//docs', undefined, as(undefined));
      expect(docs.text).not.toMatch(/(src|href)="https?:/);
      expect((await api.ask('POST', '/history/rebuild')).body).toEqual({ position: '1' });
    });
  });
});

describe('the open demo', () => {
  it('needs no key on this machine, says so, and keeps pages of other sites out', async () => {
    const api = await AdminApiBench.start({ open: true });
    try {
      const open = await api.ask('GET', '/consortia', undefined, { authorization: undefined });
      expect(open.status).toBe(200);
      expect(open.headers.get('x-chainkeep-open')).toMatch(/no key/);
      expect((await api.ask('GET', '//readyz')).body.open).toBe(true);
      const headers = { authorization: undefined, origin: 'http://evil.example' };
      expect((await api.ask('POST', '/consortia', { name: 'x' }, headers)).status).toBe(401);
    } finally {
      await api.stop();
    }
  });
});
