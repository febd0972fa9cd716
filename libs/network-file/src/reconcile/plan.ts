import { canonicalJson, isSecretName, MASK } from '#libs/kernel';
import type { DesiredNetwork, DesiredResource, Json } from '../desired.js';

export type Change = Readonly<{ field: string; from: unknown; to: unknown }>;
export type NetworkAction = Readonly<{
  action: 'create' | 'update' | 'delete' | 'unchanged' | 'drift';
  resource: DesiredResource['kind'] | 'backup' | 'genesis';
  id: string;
  /** Where the request goes, from the API's base. */
  path: string;
  /** What is shown: secrets are masked in it. */
  changes: readonly Change[];
  /** What is sent. */
  body: Json;
}>;

/** What the service holds: by the path of each thing, and everything it lists. */
export type ActualNetwork = Readonly<{
  byPath: ReadonlyMap<string, Json>;
  listed: readonly Readonly<{ kind: DesiredResource['kind']; id: string; path: string }>[];
}>;

const SCHEDULE = new Set(['frequency', 'cron', 'every_blocks', 'every_minutes']);
/** Fields of a node that may hold secrets; `urls` does when one contains a user. */
const NODE_SECRET = /^(auth|tls|proxy|urls)$/;
/** Fields that hold a place with its secrets: each of theirs is compared and shown by itself. */
const PLACES: ReadonlySet<string> = new Set(['details', 'managed']);
const CONSENSUS: Readonly<Record<string, string>> = { poa: 'clique' };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hasUserInfo = (value: unknown): boolean =>
  isObject(value) && Object.values(value).some((url) => /^\w+:\/\/[^/]*@/.test(String(url)));

const shown = (field: string, value: unknown): unknown => {
  const name = field.split('.').at(-1) ?? '';
  const isSecret = NODE_SECRET.test(name) ? field !== 'urls' || hasUserInfo(value) : isSecretName(name);
  return isSecret && value !== undefined ? MASK : value;
};

const withoutUserInfo = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  const plain = (url: unknown): unknown =>
    typeof url === 'string'
      ? url.replace(/^(\w+:\/\/)[^/@]*@/, '$1').replace(/^(\w+:\/\/[^/]+)\/$/, '$1')
      : url;
  return Object.fromEntries(Object.entries(value).map(([name, url]) => [name, plain(url)]));
};

const comparable = (field: string, value: unknown): string => {
  if (field === 'consensus_type') return CONSENSUS[String(value)] ?? String(value);
  return canonicalJson(field === 'urls' ? withoutUserInfo(value) : (value ?? null));
};

/** Fields of `desired` that `actual` has otherwise. A secret that comes back masked counts as unchanged. */
const changesOf = (desired: Json, actual: Json, prefix = ''): Change[] =>
  Object.entries(desired).flatMap(([name, to]): Change[] => {
    const field = `${prefix}${name}`;
    const from = actual[name];
    if (from === MASK) return [];
    if (PLACES.has(name)) return changesOf(isObject(to) ? to : {}, isObject(from) ? from : {}, `${name}.`);
    if (comparable(field, from) === comparable(field, to)) return [];
    return [{ field, from: shown(field, from), to: shown(field, to) }];
  });

const bodyOf = (desired: Json, changes: readonly Change[]): Json => {
  const names = new Set(changes.map(({ field }) => field.split('.')[0] ?? ''));
  // One way of saying when replaces another; a time zone goes with it.
  if ([...names].some((name) => SCHEDULE.has(name)) && desired['time_zone'] !== undefined)
    names.add('time_zone');
  return Object.fromEntries(Object.entries(desired).filter(([name]) => names.has(name)));
};

type Wanted = Readonly<{ resource: NetworkAction['resource']; id: string; path: string; fields: Json }>;

const compare = ({ resource, id, path, fields }: Wanted, actual: Json): NetworkAction => {
  const changes = resource === 'genesis' ? genesisChanges(fields, actual) : changesOf(fields, actual);
  const body = resource === 'genesis' ? fields : bodyOf(fields, changes);
  return { action: changes.length === 0 ? 'unchanged' : 'update', resource, id, path, changes, body };
};

const genesisChanges = (desired: Json, actual: Json): Change[] =>
  canonicalJson(desired) === canonicalJson(actual)
    ? []
    : [
        {
          field: 'document',
          from: Object.keys(actual).length === 0 ? undefined : 'another',
          to: 'as in the file',
        },
      ];

const creation = ({ resource, id, fields }: Wanted, list: string): NetworkAction => ({
  action: 'create',
  resource,
  id,
  path: list,
  changes: Object.entries(fields).map(([field, to]) => ({
    field,
    from: undefined,
    to: shownDeep(field, to),
  })),
  body: { _id: id, ...fields },
});

const shownDeep = (field: string, value: unknown): unknown =>
  PLACES.has(field) && isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(name, inner)]))
    : shown(field, value);

const deletions = (desired: DesiredNetwork, actual: ActualNetwork): NetworkAction[] => {
  const wanted = new Set(desired.resources.map(({ list, id }) => `${list}/${id}`));
  const surplus = actual.listed.filter(({ path }) => !wanted.has(path));
  const isInside = (path: string): boolean => surplus.some((other) => path.startsWith(`${other.path}/`));
  return surplus
    .filter(({ path }) => !isInside(path))
    .reverse()
    .map(({ kind, id, path }) => ({ action: 'delete', resource: kind, id, path, changes: [], body: {} }));
};

/**
 * What has to happen for the service to hold what the file says, in the order in which it can: creations and changes,
 * parts of environments, last deletions. Pure.
 */
export const planNetwork = (desired: DesiredNetwork, actual: ActualNetwork): readonly NetworkAction[] => [
  ...desired.resources.map(({ kind, id, list, fields, initial }) => {
    const path = `${list}/${id}`;
    const there = actual.byPath.get(path);
    if (there === undefined)
      return creation({ resource: kind, id, path, fields: { ...initial, ...fields } }, list);
    return compare({ resource: kind, id, path, fields }, there);
  }),
  ...desired.parts.map(({ kind, id, path, fields }) =>
    compare({ resource: kind, id, path, fields }, actual.byPath.get(path) ?? {}),
  ),
  ...deletions(desired, actual),
];
