import { findEvent, START, type EventRef, type EventStore } from '#libs/event-sourcing';
import type { Instant } from '#libs/kernel';
import { assertImported, foundInstallation, installationIn } from './identity.js';
import type { PublishChoice, StoreMemory, StoreRecord } from './store-memory.js';

export type AcceptParts = Readonly<{
  store: EventStore;
  memory: StoreMemory;
  /** The store in words. */
  where: string;
  at: Instant;
}>;

/** What accepting a store would do, in sentences, and doing it. */
export type Acceptance = Readonly<{
  kind: 'nothing' | 'older' | 'empty' | 'foreign';
  steps: readonly string[];
  accept: () => Promise<void>;
}>;

const PUBLISHING: Readonly<Record<PublishChoice, string>> = {
  common:
    'The relay publishes from the last event that was published and that this store still has. Events just after it may be published a second time.',
  nothing: 'The relay publishes nothing of what is in the store now, only what is appended from now on.',
  all: 'The relay publishes every event of the store again.',
};
const REBUILT = 'Lists and histories are rebuilt from the events in this store.';

const nothing = (step: string): Acceptance => ({
  kind: 'nothing',
  steps: [step],
  accept: async () => Promise.resolve(),
});

const named = ({ stream, revision }: EventRef): string => `${stream}, revision ${revision}`;

const older = (
  { memory, where }: AcceptParts,
  lost: EventRef | undefined,
  publish: PublishChoice,
): Acceptance => ({
  kind: 'older',
  steps: [
    lost === undefined
      ? `${where} does not have the event that was published last.`
      : `${where} is an older copy: it no longer has an event that was read before (${named(lost)}).`,
    'Everything after the copy was made is given up: settings, runs and deliveries. Files in buckets stay.',
    REBUILT,
    PUBLISHING[publish],
    'Backups, deliveries and the schedule go on. Running services notice within seconds.',
  ],
  accept: () => memory.update({ stopped: null, last: null, decision: publish }),
});

const empty = (parts: AcceptParts, { installation }: StoreRecord, publish: PublishChoice): Acceptance => ({
  kind: 'empty',
  steps: [
    `${parts.where} has no identity. It becomes the store of this installation (${installation}).`,
    'What is in the store that was used before is given up. Files in buckets stay, and the buckets accept this installation.',
    REBUILT,
    PUBLISHING[publish],
    'Restart all services.',
  ],
  accept: async () => {
    await foundInstallation(parts.store, installation, parts.at);
    await parts.memory.update({ founded: true, stopped: null, last: null, decision: publish });
  },
});

const foreign = (
  { memory, where }: AcceptParts,
  { installation }: StoreRecord,
  found: string,
  publish: PublishChoice,
): Acceptance => ({
  kind: 'foreign',
  steps: [
    `${where} belongs to installation ${found}. This installation (${installation}) becomes that one.`,
    `Buckets whose marker names ${installation} refuse it until they are taken over. Kafka topics that belong to ${installation} refuse it too: set KAFKA_PREFIX.`,
    REBUILT,
    PUBLISHING[publish],
    'Restart all services.',
  ],
  accept: () =>
    memory.update({ installation: found, founded: true, stopped: null, last: null, decision: publish }),
});

/** What accepting the store means; nothing is changed yet. Rejects with STORE_IMPORT_UNFINISHED on half a store. */
export const planAcceptance = async (parts: AcceptParts, publish: PublishChoice): Promise<Acceptance> => {
  const { store, memory, where } = parts;
  await assertImported(store, where);
  const [found, known] = [await installationIn(store), await memory.recall()];
  if (known === undefined) return nothing('Nothing is remembered of another store. Start the services.');
  if (found !== undefined && found !== known.installation) return foreign(parts, known, found, publish);
  if (found === undefined) {
    const isNew = !known.founded && (await store.head()) !== START;
    return isNew
      ? nothing('A store of version 0.1. The services give it an identity when they start.')
      : empty(parts, known, publish);
  }
  if (known.stopped !== undefined) return older(parts, known.stopped.lost, publish);
  const { last } = known;
  if (last !== undefined && (await findEvent(store, last)) === undefined) return older(parts, last, publish);
  return nothing(`${where} is the store of this installation (${found}).`);
};
