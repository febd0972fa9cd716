import { randomUUID } from 'node:crypto';
import type { NewEvent, StoredEvent } from '#libs/event-sourcing';

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
