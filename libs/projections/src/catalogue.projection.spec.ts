import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CATALOGUE_COLLECTIONS } from './catalogue-read-models.js';
import { Catalogue } from './catalogue.js';
import { catalogueProjection } from './catalogue.projection.js';
import { Projector } from './projector.js';
import { physicalName } from './projection.js';
import { aWorld, context, minute, STORES, type World } from './testing.js';

const CATALOGUE = physicalName(catalogueProjection);

const at = minute(0);
const target = {
  name: 'A',
  membershipId: 'bank-a',
  provider: 'directory',
  details: {},
  destination: 'directory:/a',
} as const;

describe.each(STORES)('the catalogue projection over %s', (_name, open) => {
  let world: World;
  let projector: Projector;
  let catalogue: Catalogue;
  beforeEach(async () => {
    world = await aWorld(open);
    catalogue = new Catalogue(world.reader);
    projector = new Projector(catalogueProjection, world);
    projector.start();
  });
  afterEach(async () => {
    await projector.stop();
    await world.close();
  });

  const rows = async (collection: keyof typeof CATALOGUE_COLLECTIONS, parent?: string) => {
    await catalogue.waitFor(await world.store.head(), 240_000);
    const options = parent === undefined ? {} : { parent };
    const found = await world.readModels.list(CATALOGUE, collection, options);
    return found.map(({ document }) => document);
  };

  it('holds consortia and members, and marks what was removed', async () => {
    const { consortia, members } = world.streams;
    const description = { name: 'Acme' };
    const consortiumId = 'c';
    await consortia.handle('c', { type: 'RegisterConsortium', consortiumId, description, at }, context);
    await members.handle(
      'm-1',
      { type: 'RegisterMember', memberId: 'm-1', consortiumId, description: { orgName: 'Bank' }, at },
      context,
    );
    expect(await rows('consortium')).toStrictEqual([{ consortiumId: 'c', removed: false }]);
    expect(await rows('member', 'c')).toStrictEqual([{ memberId: 'm-1', consortiumId: 'c', removed: false }]);
    await members.handle('m-1', { type: 'RemoveMember', at }, context);
    await consortia.handle('c', { type: 'RemoveConsortium', at }, context);
    expect(await rows('consortium')).toStrictEqual([{ consortiumId: 'c', removed: true }]);
    expect(await rows('member', 'c')).toStrictEqual([{ memberId: 'm-1', consortiumId: 'c', removed: true }]);
  });

  it('finds keys by their hash until they are revoked, or their member is removed', async () => {
    const { members } = world.streams;
    const description = { orgName: 'Bank' };
    await members.handle(
      'm',
      { type: 'RegisterMember', memberId: 'm', consortiumId: 'c', description, at },
      context,
    );
    for (const keyId of ['k1', 'k2', 'k3']) {
      const key = { keyId, role: 'operator', hash: `hash-${keyId}`, label: keyId } as const;
      await members.handle('m', { type: 'IssueApiKey', key, at }, context);
    }
    await catalogue.waitFor(await world.store.head(), 240_000);
    expect((await world.readModels.get(CATALOGUE, 'key', 'hash-k1'))?.document).toStrictEqual({
      keyId: 'k1',
      memberId: 'm',
      consortiumId: 'c',
      role: 'operator',
      label: 'k1',
    });
    await members.handle('m', { type: 'RevokeApiKey', keyId: 'k1', at }, context);
    expect(await rows('key', 'm')).toMatchObject([{ keyId: 'k2' }, { keyId: 'k3' }]);
    await members.handle('m', { type: 'RemoveMember', at }, context);
    expect(await rows('key')).toStrictEqual([]);
  });

  it('follows environments as they are registered, enabled and removed', async () => {
    const { environments } = world.streams;
    const description = { name: 'Prod', provider: 'geth', consensus: 'clique' } as const;
    await environments.handle(
      'e',
      { type: 'RegisterEnvironment', environmentId: 'e', consortiumId: 'c', description, at },
      context,
    );
    const entry = { environmentId: 'e', consortiumId: 'c', enabled: false, removed: false };
    expect(await rows('environment', 'c')).toStrictEqual([entry]);
    await environments.handle('e', { type: 'ConfigureBackup', changes: { enabled: true }, at }, context);
    expect(await rows('environment', 'c')).toStrictEqual([{ ...entry, enabled: true }]);
    await environments.handle('e', { type: 'RemoveEnvironment', at }, context);
    expect(await rows('environment', 'c')).toStrictEqual([{ ...entry, removed: true }]);
    expect(await catalogue.environments()).toStrictEqual([]);
  });

  it('lists targets and foreign configurations of an environment together', async () => {
    const { targets, configurations } = world.streams;
    const ids = { consortiumId: 'c', environmentId: 'e' };
    await targets.handle(
      't',
      { type: 'RegisterTarget', targetId: 't', ...ids, description: target, at },
      context,
    );
    const configuration = { name: 'X', type: 'wallet', details: {} };
    await configurations.handle(
      'x',
      { type: 'RegisterConfiguration', configurationId: 'x', ...ids, configuration, at },
      context,
    );
    const t = { configurationId: 't', kind: 'target', ...ids, membershipId: 'bank-a', removed: false };
    const x = { configurationId: 'x', kind: 'foreign', ...ids, enabled: true, removed: false };
    expect(await rows('configuration', 'e')).toStrictEqual([{ ...t, enabled: false }, x]);
    await targets.handle('t', { type: 'EnableTarget', at }, context);
    const description = { ...target, membershipId: 'bank-b' };
    await targets.handle('t', { type: 'ChangeTarget', description, at }, context);
    const owned = { ...configuration, membershipId: 'bank-c' };
    await configurations.handle('x', { type: 'ChangeConfiguration', configuration: owned, at }, context);
    expect(await rows('configuration', 'e')).toStrictEqual([
      { ...t, membershipId: 'bank-b', enabled: true },
      { ...x, membershipId: 'bank-c' },
    ]);
    await configurations.handle('x', { type: 'ChangeConfiguration', configuration, at }, context);
    await targets.handle('t', { type: 'DisableTarget', at }, context);
    expect(await rows('configuration', 'e')).toStrictEqual([
      { ...t, membershipId: 'bank-b', enabled: false },
      x,
    ]);
    await targets.handle('t', { type: 'RemoveTarget', at }, context);
    await configurations.handle('x', { type: 'RemoveConfiguration', at }, context);
    expect(await rows('configuration', 'e')).toMatchObject([{ removed: true }, { removed: true }]);
    expect(await catalogue.targets('e')).toStrictEqual([]);
  });
});
