/** @proves Buckets are recorded in the form that 0.1 reads, and a target that 0.1 recorded keeps its ledger when its secrets are entered again. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminApiBench, E, prepare } from '../support/worlds/admin-api-bench.js';

type Golden = Readonly<{ examples: readonly Readonly<{ managed?: object }>[] }>;

/** The names of the fields of a managed directory as 0.1 wrote them. */
const goldenFields = (type: string): string[] => {
  const file = join(import.meta.dirname, `../fixtures/events/v1/${type}.json`);
  const { examples } = JSON.parse(readFileSync(file, 'utf8')) as Golden;
  return Object.keys(examples[0]?.managed ?? {});
};

// Answers at once, so that no client tries again.
const anybody = createServer((request, response) => {
  request.resume();
  response.writeHead(403).end();
});
await once(anybody.listen(0, '127.0.0.1'), 'listening');
const { port } = anybody.address() as AddressInfo;

describe('buckets beside those of 0.1', () => {
  let api: AdminApiBench;
  beforeAll(async () => {
    api = await AdminApiBench.start();
    await prepare(api);
  });
  afterAll(async () => {
    await api.stop();
    anybody.closeAllConnections();
    anybody.close();
  });

  const recorded = async (): Promise<readonly (readonly [string, unknown])[]> => {
    const found: (readonly [string, unknown])[] = [];
    for await (const { type, data } of api.ports.store.readStream('environment-buckets'))
      found.push([type, (data as Readonly<{ managed?: unknown }>).managed]);
    return found;
  };

  it('records a managed directory as 0.1 does, and nothing when the same is sent again', async () => {
    const [first, second] = ['first', 'second'].map((name) => ({
      provider: 'directory',
      path: join(api.home, name),
    }));
    const environments = '/consortia/acme/environments';
    const environment = { _id: 'buckets', name: 'Buckets', provider: 'geth', managed: first };
    expect((await api.ask('POST', environments, environment)).status).toBe(201);
    for (const managed of [first, second, second])
      expect((await api.ask('PATCH', `${environments}/buckets`, { managed })).body).toMatchObject({
        managed,
      });
    expect(await recorded()).toEqual([
      ['EnvironmentRegistered', first],
      ['EnvironmentChanged', second],
    ]);
    for (const type of ['EnvironmentRegistered', 'EnvironmentChanged'])
      expect(goldenFields(type)).toEqual(Object.keys(first ?? {}));
  });

  const AZURE = 'AccountName=acct;AccountKey=a2V5';
  const HTTP = 'DefaultEndpointsProtocol=http;EndpointSuffix=localhost:9';
  const BLOB = `BlobEndpoint=http://127.0.0.1:${port}/acct/`;
  const azure = { provider: 'azure', container: 'c', prefix: '/p/' };
  const s3 = { provider: 's3', endpoint: `http://127.0.0.1:${port}/`, bucket: 'b', access_key_id: 'a' };

  it.each([
    ['cloud', azure, { connection_string: `${HTTP};${AZURE}` }, 'azure|azure|acct|c|p'],
    [
      'blob',
      azure,
      { connection_string: `${BLOB};${AZURE}` },
      `azure|http://127.0.0.1:${port}/acct|acct|c|p`,
    ],
    ['slash', s3, { secret_access_key: 's' }, `s3|http://127.0.0.1:${port}/|b|`],
  ])(
    '%s: secrets that are entered again leave the destination of 0.1',
    async (_id, details, secrets, destination) => {
      const body = { _id, membership_id: 'bank-a', type: 'backup', details: { ...details, ...secrets } };
      expect((await api.ask('POST', `${E}/configurations`, body)).status).toBe(201);
      const { targets } = api.ports.streams;
      const live = async () => {
        const { state } = await targets.load(_id);
        if (state.status !== 'live') throw new Error('The target is not there.');
        return state;
      };
      const { name, membershipId, provider, details: known } = await live();
      const secretRef = 'vault:00000000-0000-4000-8000-000000000001';
      const description = { name, membershipId, provider, details: known, destination, secretRef };
      const at = '2026-01-31T12:00:00.000Z';
      await targets.handle(
        _id,
        { type: 'ChangeTarget', description, at },
        { correlationId: _id, actor: 'test', at },
      );
      const change = (changes: unknown) =>
        api.ask('PATCH', `${E}/configurations/${_id}`, { details: changes });
      expect((await change(secrets)).status).toBe(200);
      expect((await live()).destination).toBe(destination);
      expect((await live()).secretRef).not.toBe(secretRef);
      const other = provider === 's3' ? { bucket: 'other' } : { container: 'other' };
      expect((await change(other)).status).toBe(200);
      expect((await live()).destination).toMatch(/\|other\|/);
    },
  );

  it('takes another account for another bucket, though the old secrets cannot be read', async () => {
    const details = { ...azure, connection_string: `${BLOB};${AZURE}` };
    const body = { _id: 'moved', membership_id: 'bank-a', type: 'backup', details };
    expect((await api.ask('POST', `${E}/configurations`, body)).status).toBe(201);
    const before = (await api.ports.streams.targets.load('moved')).state;
    if (before.status !== 'live') throw new Error('The target is not there.');
    await api.ports.vault.erase(before.secretRef as `vault:${string}`);
    const connection_string = `BlobEndpoint=http://127.0.0.1:${port}/other;AccountName=other;AccountKey=a2V5`;
    await api.ask('PATCH', `${E}/configurations/moved`, { details: { connection_string } });
    const after = (await api.ports.streams.targets.load('moved')).state;
    expect(after).toMatchObject({ destination: `azure|http://127.0.0.1:${port}/other|other|c|p` });
  });
});
