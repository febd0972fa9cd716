/** @proves Each key sees and changes only what its role allows. ETags and Idempotency-Keys are honoured. */
// The answers are JSON of many shapes: each expectation is what checks them.
/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminApiBench, E, expectProblem, prepare } from '../support/worlds/admin-api-bench.js';

const A_STORE = { endpoint: 'http://127.0.0.1:9', bucket: 'a', access_key_id: 'a', secret_access_key: 's' };

describe('admin API: who may do what', () => {
  let api: AdminApiBench;
  let adminKey: string;
  let viewerKey: string;
  let otherKey: string;
  const as = (key: string | undefined) => ({ authorization: key && `Bearer ${key}` });

  beforeAll(async () => {
    api = await AdminApiBench.start();
    ({ adminKey, viewerKey, otherKey } = await prepare(api));
  });
  afterAll(async () => {
    await api.stop();
  });

  it('asks every request for a key, and ends a revoked one at once', async () => {
    expectProblem(await api.ask('GET', '/consortia', undefined, as(undefined)), 'AUTH_REQUIRED', 401);
    expectProblem(await api.ask('GET', '/consortia', undefined, as('ck_wrong')), 'AUTH_INVALID', 401);
    expectProblem(await api.ask('GET', '//metrics', undefined, as(undefined)), 'AUTH_REQUIRED', 401);
    const build = { version: '0.0.0-test', commit: 'test' };
    const live = await api.ask('GET', '//livez', undefined, as(undefined));
    expect(live.body).toEqual({ status: 'ok', ...build });
    const short = await api.ask('GET', '//readyz', undefined, as(undefined));
    expect(short.body).toEqual({ status: 'ok', open: false, ...build });

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
    const body = { _id: 'a-s3', type: 'backup', details: { provider: 's3', ...A_STORE } };
    const path = `${E}/configurations/a-s3`;
    expectProblem(await api.ask('POST', `${E}/configurations`, body, as(viewerKey)), 'AUTH_FORBIDDEN', 403);
    const made = await api.ask('POST', `${E}/configurations`, body, as(adminKey));
    expect([made.status, made.body.membership_id]).toEqual([201, 'bank-a']);
    expect((await api.ask('GET', path, undefined, as(viewerKey))).status).toBe(200);
    expectProblem(await api.ask('GET', path, undefined, as(otherKey)), 'RESOURCE_NOT_FOUND', 404);
    expect((await api.ask('GET', `${E}/configurations`, undefined, as(otherKey))).body).toEqual([]);
    const stolen = { ...body, _id: 'b-s3', membership_id: 'bank-b' };
    expectProblem(await api.ask('POST', `${E}/configurations`, stolen, as(adminKey)), 'AUTH_FORBIDDEN', 403);
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

  it('refuses what is nested deep, with a code, and records nothing that could not be read again', async () => {
    const deep = (depth: number) => `{"description":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
    for (const depth of [32, 3_000, 100_000]) {
      const answer = await api.ask('PATCH', E, deep(depth));
      expectProblem(answer, 'INPUT_INVALID', 400);
      expect(answer.body.detail).toBe('The body is refused: it is nested more than 32 deep.');
    }
    const before = await api.ask('GET', `${E}/backup`);
    for (const [changes, code] of [
      [{ every_minutes: 44_641 }, 'SCHEDULE_INVALID'],
      [{ every_minutes: Number.MAX_SAFE_INTEGER }, 'SCHEDULE_INVALID'],
      [{ every_blocks: Number.MAX_SAFE_INTEGER }, 'SCHEDULE_INVALID'],
      [{ max_halt_minutes: Number.MAX_SAFE_INTEGER }, 'INPUT_INVALID'],
      [{ min_confirmations: Number.MAX_SAFE_INTEGER }, 'INPUT_INVALID'],
      [{ agreement: 'all_then_quorum', after_hours: 1e308 }, 'INPUT_INVALID'],
      [{ block_bytes_max: 1 }, 'INPUT_INVALID'],
      [{ time_zone: 'Mars/Olympus' }, 'SCHEDULE_INVALID'],
    ] as const) {
      expectProblem(await api.ask('PATCH', `${E}/backup`, changes), code, 400);
    }
    const next = await api.ask('GET', `${E}/backup/next-runs?every_minutes=9007199254740991`);
    expect(next.status).toBeLessThan(500);
    const after = await api.ask('GET', `${E}/backup`);
    expect([after.status, after.body]).toEqual([200, before.body]);
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
    expect((await api.ask('PATCH', `${E}/backup`, { every_minutes: 44_640 })).status).toBe(200);
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
