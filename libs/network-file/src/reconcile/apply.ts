import { hasCode } from '#libs/kernel';
import type { DesiredNetwork, DesiredResource, Json } from '../desired.js';
import type { NetworkApi } from './network-api.js';
import type { ActualNetwork, NetworkAction } from './plan.js';

const orAbsent = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'RESOURCE_NOT_FOUND')) return undefined;
    throw error;
  }
};

type Listed = { kind: DesiredResource['kind']; id: string; path: string };
type Lists = readonly (readonly [DesiredResource['kind'], string])[];

const isOurs = (kind: DesiredResource['kind'], item: Json): boolean =>
  item['state'] !== 'deleted' && (kind !== 'target' || item['type'] === 'backup');

/** Reads what the service holds of the consortium of the file, and of nothing else. */
export const readActual = async (api: NetworkApi, desired: DesiredNetwork): Promise<ActualNetwork> => {
  const byPath = new Map<string, Json>();
  const listed: Listed[] = [];
  const consortium = `consortia/${desired.consortiumId}`;
  const found = (await orAbsent(api.get(consortium))) as Json | undefined;
  if (found === undefined || found['state'] === 'deleted') return { byPath, listed };
  byPath.set(consortium, found);
  listed.push({ kind: 'consortium', id: desired.consortiumId, path: consortium });
  const read = async (lists: Lists): Promise<void> => {
    for (const [kind, list] of lists) {
      const items = ((await orAbsent(api.get(list))) ?? []) as readonly Json[];
      for (const item of items.filter((one) => isOurs(kind, one))) {
        const id = String(item['_id']);
        byPath.set(`${list}/${id}`, item);
        listed.push({ kind, id, path: `${list}/${id}` });
      }
    }
  };
  await read([
    ['member', `${consortium}/memberships`],
    ['environment', `${consortium}/environments`],
  ]);
  const environments = listed.filter(({ kind }) => kind === 'environment');
  for (const { path } of environments) {
    await read([
      ['node', `${path}/nodes`],
      ['target', `${path}/configurations`],
    ]);
  }
  for (const { path } of desired.parts) {
    const part = (await orAbsent(api.get(path))) as Json | undefined;
    if (part !== undefined) byPath.set(path, part);
  }
  return { byPath, listed };
};

/** Sends the request of an action. */
export const send = (api: NetworkApi, { action, resource, path, body }: NetworkAction): Promise<unknown> => {
  if (action === 'create') return api.post(path, body);
  if (action === 'delete') return api.delete(path);
  return resource === 'genesis' ? api.put(path, body) : api.patch(path, body);
};

/**
 * Carries out a plan, in its order. Deletions only with `prune`. Returns what was done; the first error of the service
 * ends it (apply again: what is done already is unchanged then).
 */
export const applyActions = async (
  api: NetworkApi,
  actions: readonly NetworkAction[],
  { prune, onDone }: Readonly<{ prune: boolean; onDone?: (action: NetworkAction) => void }>,
): Promise<readonly NetworkAction[]> => {
  const due = actions.filter(
    ({ action }) => action === 'create' || action === 'update' || (action === 'delete' && prune),
  );
  for (const action of due) {
    await send(api, action);
    onDone?.(action);
  }
  return due;
};
