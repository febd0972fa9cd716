/** @proves A member's target uses neither the server's credentials nor another's place, and is told so in words. */
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LocalPlaces } from '#libs/object-store';
import { AdminApiBench, E, expectProblem, prepare, type Answer } from '../support/worlds/admin-api-bench.js';

const ENDPOINT = 'http://127.0.0.1:9';
const KEYS = { access_key_id: 'id', secret_access_key: 'secret-of-a' };
const ROLE = 'arn:aws:iam::111111111111:role/chainkeep';
type Details = Readonly<Record<string, unknown>>;

describe('places that a member names', () => {
  let api: AdminApiBench;
  let folder: string;
  let adminKey: string;
  let otherKey: string;
  let count = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-places-'));
    const local: LocalPlaces = {
      targets: new Map([
        ['spelled', { provider: 'aws', details: { bucket: 'spelled', role_arn: ROLE, external_id: 'file' } }],
        ['disk', { provider: 'directory', details: { path: join(folder, 'anywhere') } }],
      ]),
      managed: new Map(),
      ownCredentials: [{ bucket: 'allowed', endpoint: ENDPOINT }],
      directoryRoots: [join(folder, 'roots')],
    };
    await mkdir(join(folder, 'roots'));
    await mkdir(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(folder, 'roots', 'link'));
    api = await AdminApiBench.start({ local });
    ({ adminKey, otherKey } = await prepare(api));
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  const register = (details: Details, key?: string, id = `t${(count += 1)}`): Promise<Answer> => {
    const body = { _id: id, type: 'backup', membership_id: key === otherKey ? 'bank-b' : 'bank-a', details };
    return api.ask(
      'POST',
      `${E}/configurations`,
      body,
      key === undefined ? {} : { authorization: `Bearer ${key}` },
    );
  };
  const externalId = async (key: string): Promise<unknown> => {
    const path = '/consortia/acme/memberships/bank-a';
    const { body } = await api.ask('GET', path, undefined, { authorization: `Bearer ${key}` });
    return (body as Readonly<{ external_id?: unknown }>).external_id;
  };

  it("refuse the server's own credentials unless the local file allows them", async () => {
    const bucket = { provider: 's3', endpoint: ENDPOINT, bucket: 'managed' };
    expectProblem(await register(bucket, adminKey), 'OWN_CREDENTIALS_REFUSED', 403);
    const role = { ...bucket, endpoint: 'http://127.0.0.1:10', role_arn: ROLE };
    expectProblem(await register(role, adminKey), 'OWN_CREDENTIALS_REFUSED', 403);
    const made = await register({ ...bucket, ...KEYS }, adminKey, 'mine');
    expect(made.status).toBe(201);
    // Keys that are taken away later leave the server's own.
    const without = { details: { access_key_id: null, secret_access_key: null } };
    expectProblem(
      await api.ask('PATCH', `${E}/configurations/mine`, without),
      'OWN_CREDENTIALS_REFUSED',
      403,
    );
    expect((await register({ ...bucket, bucket: 'allowed' }, otherKey)).status).toBe(201);
  });

  it('assume roles with the external ID of the membership only, which it and operators see', async () => {
    const role = { provider: 'aws', bucket: 'b', role_arn: ROLE };
    const issued = await externalId(adminKey);
    expect(issued).toMatch(/^ck-[\w-]{36}$/);
    expect(await externalId(api.key)).toBe(issued);
    expect(await externalId(otherKey)).toBeUndefined();
    const chosen = await register({ ...role, external_id: 'a-choice' }, adminKey);
    expectProblem(chosen, 'OWN_CREDENTIALS_REFUSED', 403);
    expect(chosen.text).toContain(String(issued));
    expectProblem(await register({ ...role, external_id: issued }, otherKey), 'OWN_CREDENTIALS_REFUSED', 403);
    const file = { ...role, bucket: 'spelled', external_id: 'file' };
    expectProblem(await register(file, adminKey, 'not-it'), 'OWN_CREDENTIALS_REFUSED', 403);
  });

  it('lie below the allowed folders, links resolved', async () => {
    const disk = (path: string) => ({ provider: 'directory', path, create: true });
    for (const path of ['outside', 'roots/link', 'roots/link/deeper', 'roots/../outside'])
      expectProblem(await register(disk(join(folder, path))), 'TARGET_PATH_REFUSED', 403);
    for (const path of ['/', '/proc/self', api.home, join(api.home, 'staging'), join(api.home, 'managed')])
      expectProblem(await register(disk(path)), 'TARGET_PATH_REFUSED', 403);
    expectProblem(await register(disk('/srv/a\0b')), 'INPUT_INVALID', 400);
    expect((await register(disk(join(folder, 'roots/a')))).status).toBe(201);
    // What the local file spells out may be anywhere.
    expect((await register(disk(join(folder, 'anywhere')), undefined, 'disk')).status).toBe(201);
  });

  it('never overlap another place', async () => {
    const bucket = { provider: 's3', endpoint: ENDPOINT, bucket: 'shared', ...KEYS };
    expect((await register({ ...bucket, prefix: 'a' }, adminKey)).status).toBe(201);
    expect((await register({ ...bucket, prefix: 'b' }, otherKey)).status).toBe(201);
    expectProblem(await register({ ...bucket, prefix: '/a/' }, otherKey), 'TARGET_OVERLAPS', 409);
    expectProblem(await register({ ...bucket, prefix: 'a/prod' }, otherKey), 'TARGET_OVERLAPS', 409);
    const managed = {
      managed: { provider: 's3', endpoint: ENDPOINT, bucket: 'shared', prefix: 'b', ...KEYS },
    };
    expectProblem(await api.ask('PATCH', E, managed), 'TARGET_OVERLAPS', 409);
    const elsewhere = { managed: { ...managed.managed, prefix: 'managed' } };
    expect((await api.ask('PATCH', E, elsewhere)).status).toBe(200);
    expectProblem(await register({ ...bucket, prefix: 'managed' }, adminKey), 'TARGET_OVERLAPS', 409);
  });
});
