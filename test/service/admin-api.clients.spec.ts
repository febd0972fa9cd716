/** @proves Clients of the original service get the answers and codes they expect. */
// The answers are JSON of many shapes: each expectation is what checks them.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminApiBench, expectProblem } from '../support/worlds/admin-api-bench.js';

describe('admin API for clients of the original service', () => {
  let api: AdminApiBench;
  beforeAll(async () => {
    api = await AdminApiBench.start();
  });
  afterAll(async () => {
    await api.stop();
  });

  it('answers the requests they send with the codes they expect', async () => {
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
});
