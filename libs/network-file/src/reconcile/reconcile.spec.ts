import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import type { DesiredNetwork, Json } from '../desired.js';
import { Providers } from '#libs/object-store';
import { BUILT_IN_PROVIDERS } from '#libs/object-store/adapters/built-in.providers';
import { parseNetworkFile } from '../parse-network-file.js';
import { applyActions, readActual } from './apply.js';
import { NetworkApi } from './network-api.js';
import { planNetwork } from './plan.js';
import { startNetwork } from './start.js';

/** A FAKE of the REST API: a map of paths, secrets masked in answers. */
class FakeNetworkApi extends NetworkApi {
  readonly things = new Map<string, Json>();
  readonly writes: string[] = [];
  /** Paths whose ids were removed: all but nodes stay taken. */
  readonly removed = new Set<string>();

  get = async (path: string): Promise<unknown> => {
    const one = this.things.get(path);
    if (one !== undefined) return one;
    if (/\/(memberships|environments|nodes|configurations)$/.test(path)) {
      const inside = new RegExp(`^${path}/[^/]+$`);
      return [...this.things].filter(([key]) => inside.test(key)).map(([, thing]) => thing);
    }
    if (path.endsWith('/backup')) return { enabled: false, frequency: 'once', time_zone: 'UTC' };
    throw new CodedError('RESOURCE_NOT_FOUND', path);
  };
  post = async (path: string, body: Json): Promise<unknown> => {
    if (path.endsWith('/backup')) {
      if (this.things.has(path)) throw new CodedError('BACKUP_ALREADY_CONFIGURED', path);
      return this.patch(path, body);
    }
    if (path.endsWith('/backup')) return this.configureFirst(path, body);
    const place = `${path}/${String(body['_id'])}`;
    if (this.removed.has(place) && !path.endsWith('/nodes')) throw new CodedError('RESOURCE_EXISTS', place);
    this.writes.push(`POST ${path}`);
    this.set(place, { state: 'live', ...body });
    return body;
  };
  patch = async (path: string, body: Json): Promise<unknown> => {
    this.writes.push(`PATCH ${path}`);
    this.set(path, { ...((await this.get(path)) as Json), ...body });
    return body;
  };
  put = async (path: string, body: Json): Promise<unknown> => {
    this.writes.push(`PUT ${path}`);
    this.set(path, body);
    return body;
  };
  delete = async (path: string): Promise<unknown> => {
    this.writes.push(`DELETE ${path}`);
    for (const key of this.things.keys()) {
      if (key === path || key.startsWith(`${path}/`)) this.things.delete(key);
    }
    this.removed.add(path);
    return undefined;
  };

  private async configureFirst(path: string, body: Json): Promise<unknown> {
    if (this.things.has(path)) throw new CodedError('BACKUP_ALREADY_CONFIGURED', path);
    return this.patch(path, body);
  }

  private set(path: string, thing: Json): void {
    this.things.set(path, thing['auth'] === undefined ? thing : { ...thing, auth: '********' });
  }
}

const FILE = `consortium: { id: acme, name: Acme }
members: [ { id: a, name: A } ]
environments:
  - id: prod
    provider: geth
    consensus: poa
    nodes:
      - { id: v1, role: validator, rpc: "http://u:p@v1:8545", auth: { bearer: top } }
      - { id: m, role: monitor, rpc: "http://m:8545" }
    genesis: g.json
    backup: { enabled: true, frequency: four }
targets:
  - { id: t, member: a, environment: prod, provider: directory, path: /t }
`;
const desiredOf = (text = FILE): DesiredNetwork =>
  parseNetworkFile(text, {
    file: '/n/network.yaml',
    env: {},
    providers: new Providers(BUILT_IN_PROVIDERS).descriptions,
    readFile: () => '{"config":{}}',
  });
const planOf = async (api: NetworkApi, desired = desiredOf()) =>
  planNetwork(desired, await readActual(api, desired));
const apply = async (api: NetworkApi, desired = desiredOf(), prune = false) =>
  applyActions(api, await planOf(api, desired), { prune });

describe('reconciling a network', () => {
  it('creates everything in an order the service takes, and nothing the second time', async () => {
    const api = new FakeNetworkApi();
    await apply(api);
    expect(api.writes).toStrictEqual([
      'POST consortia',
      'POST consortia/acme/memberships',
      'POST consortia/acme/environments',
      'POST consortia/acme/environments/prod/nodes',
      'POST consortia/acme/environments/prod/nodes',
      'POST consortia/acme/environments/prod/configurations',
      'PUT consortia/acme/environments/prod/genesis',
      'PATCH consortia/acme/environments/prod/backup',
    ]);
    expect(await apply(api)).toStrictEqual([]);
    expect((await planOf(api)).every(({ action }) => action === 'unchanged')).toBe(true);
  });

  it('shows what changes, secrets masked, and sends only that', async () => {
    const api = new FakeNetworkApi();
    await apply(api);
    const desired = desiredOf(FILE.replace('name: Acme', 'name: Acme Ltd').replace('path: /t', 'path: /u'));
    const changed = (await planOf(api, desired)).filter(({ action }) => action !== 'unchanged');
    expect(changed.map(({ resource, changes }) => [resource, changes])).toStrictEqual([
      ['consortium', [{ field: 'name', from: 'Acme', to: 'Acme Ltd' }]],
      ['target', [{ field: 'details.path', from: '/t', to: '/u' }]],
    ]);
    expect(JSON.stringify(await planOf(new FakeNetworkApi())).includes('"to":{"bearer"')).toBe(false);
  });

  it('deletes only with prune', async () => {
    const api = new FakeNetworkApi();
    await apply(api);
    await api.post('consortia/acme/memberships', { _id: 'b', org_name: 'B' });
    expect(await apply(api)).toStrictEqual([]);
    expect(
      (await apply(api, desiredOf(), true)).map(({ action, path }) => `${action} ${path}`),
    ).toStrictEqual(['delete consortia/acme/memberships/b']);
  });

  it('at start creates what never existed and leaves drift alone', async () => {
    const api = new FakeNetworkApi();
    await startNetwork(api, desiredOf());
    expect((await planOf(api)).every(({ action }) => action === 'unchanged')).toBe(true);
    await api.patch('consortia/acme/environments/prod/backup', { enabled: false });
    await api.post('consortia/acme/memberships', { _id: 'b', org_name: 'B' });
    const before = api.writes.length;
    const actions = await startNetwork(api, desiredOf());
    expect(api.writes).toHaveLength(before);
    expect(actions.filter(({ action }) => action === 'drift').map(({ resource }) => resource)).toStrictEqual([
      'backup',
      'member',
    ]);
  });

  it('at start goes on where an earlier one ended: the first setting of a backup, a node added to the file', async () => {
    const api = new FakeNetworkApi();
    const desired = desiredOf();
    await applyActions(api, (await planOf(api)).slice(0, 3), { prune: false });
    await startNetwork(api, desired);
    expect((await planOf(api)).every(({ action }) => action === 'unchanged')).toBe(true);
    const wider = FILE.replace(
      'role: monitor',
      'role: monitor, rpc: "http://m:8545" }\n      - { id: v2, role: validator',
    );
    const actions = await startNetwork(api, desiredOf(wider));
    expect(actions.filter(({ action }) => action !== 'unchanged')).toMatchObject([
      { action: 'create', resource: 'node', id: 'v2' },
    ]);
  });

  it('at start leaves removed what was removed since, with all below it', async () => {
    const api = new FakeNetworkApi();
    const desired = desiredOf();
    await startNetwork(api, desired);
    await api.delete('consortia/acme/environments/prod/nodes/v1');
    const before = api.writes.length;
    const wasRemoved = (): Promise<boolean> => Promise.resolve(true);
    const drift = await startNetwork(api, desired, { wasRemoved });
    expect(drift.filter(({ action }) => action !== 'unchanged')).toMatchObject([
      { action: 'drift', id: 'v1', changes: [{ field: 'state', from: 'removed', to: 'present' }] },
    ]);
    await api.delete('consortia/acme/environments/prod');
    const all = await startNetwork(api, desired);
    expect(all.filter(({ action }) => action === 'drift').map(({ id }) => id)).toStrictEqual([
      'prod',
      'v1',
      'm',
      't',
      'prod',
      'prod',
    ]);
    expect(api.writes).toHaveLength(before + 1);
  });

  it('compares nothing that the file does not say', async () => {
    const api = new FakeNetworkApi();
    await apply(api);
    await api.patch('consortia/acme/environments/prod/nodes/m', { name: 'The monitor' });
    await api.patch('consortia/acme/environments/prod', { consensus_type: 'clique', name: 'Production' });
    expect((await planOf(api)).every(({ action }) => action === 'unchanged')).toBe(true);
  });
});
