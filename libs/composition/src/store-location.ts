import { join } from 'node:path';
import type { EventStoreDbLocation } from './eventstoredb.config.js';

/** Where the store of events is: the first that is set, else the data directory. */
export type StoreLocation = Readonly<{
  eventStore: EventStoreDbLocation | undefined;
  databaseUrl: string | undefined;
  home: string;
}>;

/** Hosts and path of a URL: what follows its last @, so that a password is never part of it, however it is written. */
export const hostsAndPath = (url: string): Readonly<{ hosts: string; path: string }> => {
  const [, rest = ''] = url.split('://');
  const [place = ''] = rest.slice(rest.lastIndexOf('@') + 1).split('?');
  const slash = place.indexOf('/');
  return slash < 0
    ? { hosts: place, path: '' }
    : { hosts: place.slice(0, slash), path: place.slice(slash + 1) };
};

/** The store in words: server, host, database, prefix. Never a user or a password. */
export const describeStore = ({ eventStore, databaseUrl, home }: StoreLocation): string => {
  if (eventStore !== undefined) {
    const { url, prefix } = eventStore;
    const named = prefix === '' ? 'no prefix' : `prefix ${prefix}`;
    return `EventStoreDB at ${hostsAndPath(url).hosts} (${named})`;
  }
  if (databaseUrl === undefined) return join(home, 'chainkeep.db');
  const { hosts, path } = hostsAndPath(databaseUrl);
  return `PostgreSQL at ${hosts}, database ${path}`;
};
