import type { EventStore } from '#libs/event-sourcing';
import { startNetwork, type DesiredNetwork, type NetworkAction } from '#libs/network-file';
import { HttpNetworkApi } from './http.network-api.js';

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const driftOf = ({ resource, id, changes }: NetworkAction): string[] =>
  changes.length === 0
    ? [`${resource} ${id}: is not in the file`]
    : changes.map(
        ({ field, from, to }) => `${resource} ${id}: ${field} is ${shown(from)}, in the file ${shown(to)}`,
      );

/** A removed node leaves its id free, so the API would take it again. What the file missed is in the events. */
const wasNodeRemoved = async (store: EventStore, { resource, path, id }: NetworkAction): Promise<boolean> => {
  const environmentId = /\/environments\/([^/]+)\/nodes$/.exec(path)?.[1];
  if (resource !== 'node' || environmentId === undefined) return false;
  for await (const { type, data } of store.readStream(`environment-${environmentId}`)) {
    if (type === 'NodeRemoved' && (data as Readonly<{ nodeId?: unknown }>).nodeId === id) return true;
  }
  return false;
};

/**
 * Registers what the file describes and never was, through the own API. Resolves with a line for each difference of
 * what is there already: it stays as it is. Rejects with the first error of the API.
 */
export const applyNetworkFile = async ({
  url,
  key,
  desired,
  store,
}: Readonly<{ url: string; key: string; desired: DesiredNetwork; store: EventStore }>): Promise<
  readonly string[]
> => {
  const actions = await startNetwork(new HttpNetworkApi({ url, key }), desired, {
    wasRemoved: (action) => wasNodeRemoved(store, action),
  });
  return actions.filter(({ action }) => action === 'drift').flatMap(driftOf);
};
