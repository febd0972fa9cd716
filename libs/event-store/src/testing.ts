import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent, StoredEvent } from '#libs/event-sourcing';

/** An event with a unique ID. */
export const anEvent = (overrides: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID(),
  type: 'ThingHappened',
  data: { answer: 42 },
  metadata: { schemaVersion: 1, correlationId: 'c', actor: 'system', at: '2026-01-31T12:00:00.000Z' },
  ...overrides,
});

export const some = (count: number, overrides: Partial<NewEvent> = {}): NewEvent[] =>
  Array.from({ length: count }, () => anEvent(overrides));

/** Everything an iteration yields. */
export const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

export const revisions = (events: readonly StoredEvent[]): bigint[] => events.map(({ revision }) => revision);
export const idsOf = (events: readonly NewEvent[]): string[] => events.map(({ id }) => id);

/**
 * A connection whose server can be exchanged under its users: each use goes to the store that is there now. `links`
 * says how often that happened.
 */
export const exchangeable = (current: () => Readonly<{ store: EventStore; links: number }>): EventStore =>
  new Proxy({} as EventStore, {
    get: (_, name: keyof EventStore) => {
      const { store, links } = current();
      if (name === 'links') return links;
      const member: unknown = Reflect.get(store, name);
      return typeof member === 'function' ? (member.bind(store) as unknown) : member;
    },
  });
