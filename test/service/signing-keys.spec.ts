/** @proves Public keys that sign requests can be registered and revoked, and give no access to the API. */
// The answers are JSON of many shapes: each expectation is what checks them.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AdminApiBench, expectProblem, prepare } from '../support/worlds/admin-api-bench.js';

const KEYS = '/consortia/acme/memberships/bank-a/keys';

describe('admin API: keys that sign requests on the bus', () => {
  let api: AdminApiBench;
  let adminKey: string;

  beforeAll(async () => {
    api = await AdminApiBench.start();
    ({ adminKey } = await prepare(api));
  });
  afterAll(async () => {
    await api.stop();
  });

  it('registers a public key as PEM or JWK, names it for signatures, and shows no text', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const made = await api.ask('POST', KEYS, { label: 'erp', role: 'member_admin', public_key: pem });
    expect(made.status).toBe(201);
    expect(made.body).toStrictEqual({
      _id: made.body._id,
      role: 'member_admin',
      label: 'erp',
      public_key: publicKey.export({ format: 'jwk' }),
      signs_as: `bank-a/${made.body._id}`,
    });
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    expect((await api.ask('POST', KEYS, { public_key: ec })).body).toMatchObject({ public_key: ec });
    const listed = await api.ask('GET', KEYS, undefined, { authorization: `Bearer ${adminKey}` });
    expect(JSON.stringify(listed.body)).toContain(made.body.signs_as);
  });

  it('opens nothing with what is known of such a key', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const made = await api.ask('POST', KEYS, { role: 'operator', public_key: jwk });
    const known = [JSON.stringify(jwk), made.body.signs_as, `signing:${made.body.signs_as}`, made.body._id];
    for (const text of known) {
      const answer = await api.ask('GET', '/consortia', undefined, { authorization: `Bearer ${text}` });
      expectProblem(answer, 'AUTH_INVALID', 401);
    }
  });

  it('refuses private keys, other curves and what is no key', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    for (const sent of [
      privateKey.export({ type: 'pkcs8', format: 'pem' }),
      privateKey.export({ format: 'jwk' }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }),
      generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ type: 'spki', format: 'pem' }),
      'nonsense',
      {},
    ])
      expectProblem(await api.ask('POST', KEYS, { public_key: sent }), 'INPUT_INVALID', 400);
    expect(await api.everythingWritten()).not.toContain('PRIVATE');
  });

  it('revokes it like any key', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const made = await api.ask('POST', KEYS, { public_key: publicKey.export({ format: 'jwk' }) });
    expect((await api.ask('DELETE', `${KEYS}/${made.body._id}`)).status).toBe(202);
    expect((await api.ask('GET', KEYS)).text).not.toContain(made.body._id);
  });
});
