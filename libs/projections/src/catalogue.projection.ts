import type { ChainkeepEvent, EventType } from '#libs/contracts';
import {
  CATALOGUE_COLLECTIONS,
  CATALOGUE_PROJECTION,
  type CatalogueConfiguration,
  type CatalogueConsortium,
  type CatalogueEnvironment,
  type CatalogueKey,
  type CatalogueMember,
} from './catalogue-read-models.js';
import type { ReadModelChange } from '#libs/event-store';
import type { Projected, Projection, RowView } from './projection.js';

const TYPES = [
  'ConsortiumRegistered',
  'ConsortiumRemoved',
  'MemberRegistered',
  'MemberRemoved',
  'ApiKeyIssued',
  'ApiKeyRevoked',
  'EnvironmentRegistered',
  'EnvironmentRemoved',
  'BackupConfigured',
  'TargetRegistered',
  'TargetChanged',
  'TargetEnabled',
  'TargetDisabled',
  'TargetRemoved',
  'ConfigurationRegistered',
  'ConfigurationChanged',
  'ConfigurationRemoved',
] as const satisfies readonly EventType[];

type CatalogueEvent = Extract<ChainkeepEvent, { type: (typeof TYPES)[number] }>;
type Change = readonly ReadModelChange[];
const { consortium, member, environment, configuration, key } = CATALOGUE_COLLECTIONS;

const putConsortium = (document: CatalogueConsortium): Change => [
  { kind: 'put', collection: consortium, id: document.consortiumId, document },
];
const putMember = (document: CatalogueMember): Change => [
  { kind: 'put', collection: member, id: document.memberId, parent: document.consortiumId, document },
];
const putEnvironment = (document: CatalogueEnvironment): Change => [
  {
    kind: 'put',
    collection: environment,
    id: document.environmentId,
    parent: document.consortiumId,
    document,
  },
];
const putConfiguration = (document: CatalogueConfiguration): Change => [
  {
    kind: 'put',
    collection: configuration,
    id: document.configurationId,
    parent: document.environmentId,
    document,
  },
];

type Documents = Readonly<{
  member: CatalogueMember;
  environment: CatalogueEnvironment;
  configuration: CatalogueConfiguration;
}>;

/** A change of a row that is there; none when it is not. */
const changed = async <Collection extends keyof Documents>(
  view: RowView,
  [collection, id]: readonly [Collection, string],
  change: (document: Documents[Collection]) => Change,
): Promise<Change> => {
  const document = await view.get(CATALOGUE_COLLECTIONS[collection], id);
  return document === undefined ? [] : change(document as Documents[Collection]);
};

const changeEnvironment = (view: RowView, id: string, changes: Partial<CatalogueEnvironment>) =>
  changed(view, ['environment', id], (document) => putEnvironment({ ...document, ...changes }));

const changeConfiguration = (view: RowView, id: string, changes: Partial<CatalogueConfiguration>) =>
  changed(view, ['configuration', id], (document) => putConfiguration({ ...document, ...changes }));

const describeConfiguration = (view: RowView, id: string, membershipId: string | undefined) =>
  changed(view, ['configuration', id], ({ membershipId: _old, ...document }) =>
    putConfiguration({ ...document, ...(membershipId === undefined ? {} : { membershipId }) }),
  );

type KeyEvent = Extract<CatalogueEvent, { type: 'ApiKeyIssued' }>;

const issueKey = ({ keyId, memberId, role, label, hash }: KeyEvent['data'], view: RowView) =>
  changed(view, ['member', memberId], ({ consortiumId }) => {
    const document: CatalogueKey = { keyId, memberId, consortiumId, role, label };
    return [{ kind: 'put', collection: key, id: hash, parent: memberId, document }];
  });

const revokeKey = async (memberId: string, keyId: string, view: RowView): Promise<Change> => {
  const rows = await view.rowsOf(key, memberId);
  return rows
    .filter(({ document }) => (document as CatalogueKey).keyId === keyId)
    .map(({ id }) => ({ kind: 'delete', collection: key, id }));
};

const project = async (id: string, { type, data }: CatalogueEvent, view: RowView): Promise<Change> => {
  switch (type) {
    case 'ConsortiumRegistered':
      return putConsortium({ consortiumId: data.consortiumId, removed: false });
    case 'ConsortiumRemoved':
      return putConsortium({ consortiumId: id, removed: true });
    case 'MemberRegistered':
      return putMember({ memberId: data.memberId, consortiumId: data.consortiumId, removed: false });
    case 'MemberRemoved':
      return changed(view, ['member', id], (row) => putMember({ ...row, removed: true }));
    case 'ApiKeyIssued':
      return issueKey(data, view);
    case 'ApiKeyRevoked':
      return revokeKey(id, data.keyId, view);
    case 'EnvironmentRegistered': {
      const { environmentId, consortiumId } = data;
      return putEnvironment({ environmentId, consortiumId, enabled: false, removed: false });
    }
    case 'EnvironmentRemoved':
      return changeEnvironment(view, id, { enabled: false, removed: true });
    case 'BackupConfigured':
      return changeEnvironment(view, id, { enabled: data.enabled });
    case 'TargetRegistered': {
      const { targetId: configurationId, consortiumId, environmentId, membershipId } = data;
      const ids = { configurationId, consortiumId, environmentId, membershipId };
      return putConfiguration({ ...ids, kind: 'target', enabled: false, removed: false });
    }
    case 'ConfigurationRegistered': {
      const { configurationId, consortiumId, environmentId, membershipId } = data;
      const ids = { configurationId, consortiumId, environmentId };
      const owner = membershipId === undefined ? {} : { membershipId };
      return putConfiguration({ ...ids, ...owner, kind: 'foreign', enabled: true, removed: false });
    }
    case 'TargetChanged':
    case 'ConfigurationChanged':
      return describeConfiguration(view, id, data.membershipId);
    case 'TargetEnabled':
      return changeConfiguration(view, id, { enabled: true });
    case 'TargetDisabled':
      return changeConfiguration(view, id, { enabled: false });
    case 'TargetRemoved':
    case 'ConfigurationRemoved':
      return changeConfiguration(view, id, { enabled: false, removed: true });
  }
};

/** What there is, for lists and sweeps. */
export const catalogueProjection: Projection = {
  name: CATALOGUE_PROJECTION,
  version: 2,
  types: new Set<EventType>(TYPES),
  isReadBack: ({ collection }) => collection !== consortium && collection !== key,
  project: async ({ id, event }: Projected, view) => project(id, event as CatalogueEvent, view),
};
