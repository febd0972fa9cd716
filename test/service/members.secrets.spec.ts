/** @proves Feeds end with their key, members share them and what they store, unknown details are refused, and a member's removal erases its secrets only. */
// The answers are JSON of many shapes: each expectation is what checks them.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/checks/eventually.js';
import { AdminApiBench, E, expectProblem, prepare } from '../support/worlds/admin-api-bench.js';

const WAIT_MS = 20_000;
const STORE = { provider: 's3', endpoint: 'http://127.0.0.1:9', bucket: 'b' };
const KEYS = { access_key_id: 'id-of-managed', secret_access_key: 'secret-of-managed' };
type Feed = { status: number; text: string; ended: boolean; close: () => void };

describe('what belongs to a member', () => {
  let api: AdminApiBench;
  let keys: Awaited<ReturnType<typeof prepare>>;
  const as = (key: string) => ({ authorization: `Bearer ${key}` });

  beforeAll(async () => {
    api = await AdminApiBench.start();
    keys = await prepare(api);
  });
  afterAll(async () => {
    await api.stop();
  });

  const follow = async (key: string, after?: string): Promise<Feed> => {
    const gone = new AbortController();
    const last = after === undefined ? {} : { 'last-event-id': after };
    const response = await fetch(`${api.url}/events`, {
      headers: { ...as(key), ...last },
      signal: gone.signal,
    });
    const feed: Feed = {
      status: response.status,
      text: '',
      ended: false,
      close: () => {
        gone.abort();
      },
    };
    const read = async (): Promise<void> => {
      for await (const chunk of response.body ?? []) feed.text += Buffer.from(chunk as Uint8Array).toString();
    };
    void read()
      .catch(() => undefined)
      .finally(() => (feed.ended = true));
    return feed;
  };
  const issue = async (role = 'member_viewer'): Promise<{ _id: string; key: string }> => {
    const { body } = await api.ask('POST', '/consortia/acme/memberships/bank-b/keys', { role, label: 'x' });
    return body as { _id: string; key: string };
  };

  it('ends an open feed with its key, and sends nothing that happened afterwards', async () => {
    const { _id, key } = await issue();
    const [feed, other] = [await follow(key), await follow(keys.otherKey)];
    const path = `/consortia/acme/memberships/bank-b/keys/${_id}`;
    expect((await api.ask('DELETE', path)).status).toBe(202);
    await api.ask('PATCH', E, { description: 'after the revocation' });
    await eventually('the feed of the revoked key ends', WAIT_MS, async () => feed.ended);
    await eventually('the other goes on', WAIT_MS, async () => other.text.includes('after the revocation'));
    expect([feed.text.includes('after the revocation'), other.ended]).toEqual([false, false]);
    other.close();
  });

  it('ends the feeds of a member that is removed', async () => {
    await api.ask('POST', '/consortia/acme/memberships', {
      _id: 'prod',
      org_name: 'Named as the environment',
    });
    const made = await api.ask('POST', '/consortia/acme/memberships/prod/keys', { role: 'member_admin' });
    const feed = await follow(made.body.key as string);
    const node = {
      _id: 'sealed',
      role: 'other',
      urls: { rpc: 'http://127.0.0.1:9' },
      auth: { bearer: 'a-token' },
    };
    expect((await api.ask('POST', `${E}/nodes`, node)).status).toBe(201);
    expect((await api.ask('DELETE', '/consortia/acme/memberships/prod')).status).toBeLessThan(300);
    await eventually('its feed ends', WAIT_MS, async () => feed.ended);
    // Its id is that of an environment, whose secrets are another's.
    expect((await api.ask('GET', `${E}/nodes/sealed`)).body.auth).toBe('********');
  });

  it('gives each membership its share of feeds', async () => {
    const feeds = await Promise.all(Array.from({ length: 25 }, () => follow(keys.viewerKey)));
    const refused = feeds.filter(({ status }) => status === 429).length;
    expect([refused, feeds.length - refused]).toEqual([5, 20]);
    const [operator, other] = [await follow(api.key), await follow(keys.otherKey)];
    expect([operator.status, other.status]).toEqual([200, 200]);
    for (const { close } of [...feeds, operator, other]) close();
  });

  it('refuses details that would fill the store', async () => {
    const body = { type: 'notes', membership_id: 'bank-a', details: { text: 'x'.repeat(100_000) } };
    const refused = await api.ask('POST', `${E}/configurations`, body, as(keys.adminKey));
    expectProblem(refused, 'INPUT_INVALID', 400);
  });

  it('shows the managed bucket to members by its provider only', async () => {
    expect((await api.ask('PATCH', E, { managed: { ...STORE, ...KEYS } })).status).toBe(200);
    const feed = await follow(keys.viewerKey, '-1');
    const seen = (await api.ask('GET', E, undefined, as(keys.viewerKey))).body.managed;
    expect(seen).toEqual({ provider: 's3' });
    expect((await api.ask('GET', E)).body.managed).toMatchObject({ access_key_id: KEYS.access_key_id });
    await eventually('the event is sent', WAIT_MS, async () => feed.text.includes('EnvironmentChanged'));
    expect(feed.text).not.toContain(KEYS.access_key_id);
    feed.close();
  });

  it('refuses details that nobody knows, naming the nearest', async () => {
    const post = (details: unknown) =>
      api.ask('POST', `${E}/configurations`, { type: 'backup', details }, as(keys.adminKey));
    const keyed = { ...STORE, bucket: 'own', access_key_id: 'a', secret_access_key: 'sealed-one' };
    for (const name of [
      'secretAccessKey',
      'connectionString',
      'sas_url',
      'AWS_SECRET_ACCESS_KEY',
      'tag',
      'regin',
    ]) {
      const refused = await post({ ...keyed, [name]: 'PLAIN-SECRET' });
      expectProblem(refused, 'INPUT_INVALID', 400);
      expect(refused.text).toContain(`details.${name}`);
    }
    expect((await post({ ...keyed, regin: 'eu' })).body.detail).toContain('Did you mean region?');
    expect((await post({ ...keyed, secretAccessKey: 'x' })).body.detail).toContain('secret_access_key?');
    expect((await post({ ...keyed, max_transfers: 2 })).status).toBe(201);
    expect(await api.everythingWritten()).not.toContain('PLAIN-SECRET');
  });
});
