import { randomUUID } from 'node:crypto';
import { decodeEvent, encodeEvent, type ChainkeepEvent } from '#libs/contracts';
import { START, type EventStore, type NewEvent, type StoredEvent } from '#libs/event-sourcing';
import { CodedError, hasCode, type Instant } from '#libs/kernel';
import type { StoreMemory, StoreRecord } from './store-memory.js';

/** Holds InstallationFounded alone: what `no_stream` lets in once is the identity of the store. */
const IDENTITY_STREAM = 'installation-store';

const decode = ({ type, data, metadata }: StoredEvent): ChainkeepEvent =>
  decodeEvent(type, data, metadata.schemaVersion);

/** An event that Chainkeep records of itself. */
const ownEvent = (event: ChainkeepEvent, at: Instant): NewEvent => {
  const { data, schemaVersion } = encodeEvent(event);
  const id = randomUUID();
  return { id, type: event.type, data, metadata: { schemaVersion, correlationId: id, actor: 'system', at } };
};

/** The installation whose events these are; `undefined` in an empty store and in one of version 0.1. */
export const installationIn = async (store: EventStore): Promise<string | undefined> => {
  for await (const stored of store.readStream(IDENTITY_STREAM, { limit: 1 })) {
    const event = decode(stored);
    if (event.type === 'InstallationFounded') return event.data.installation_id;
  }
  return undefined;
};

/** Gives the store an identity, unless it has one. Resolves to the one it has then. */
export const foundInstallation = async (store: EventStore, id: string, at: Instant): Promise<string> => {
  try {
    const event = ownEvent({ type: 'InstallationFounded', data: { installation_id: id } }, at);
    await store.append(IDENTITY_STREAM, [event], 'no_stream');
    return id;
  } catch (error) {
    if (!hasCode(error, 'REVISION_CONFLICT')) throw error;
    return (await installationIn(store)) ?? id;
  }
};

export type IdentityParts = Readonly<{
  store: EventStore;
  memory: StoreMemory;
  /** Do read models or checkpoints of a store exist? */
  isInUse: () => Promise<boolean>;
  /** The store in words: host, database, prefix; never a password. */
  where: string;
  at: Instant;
}>;

/** Why a store that names its installation is not ours; `undefined` when it is. */
const othersStore = async (
  { isInUse }: IdentityParts,
  known: StoreRecord | undefined,
  found: string,
): Promise<string | undefined> => {
  if (known === undefined || known.installation === found) return undefined;
  return known.founded || (await isInUse()) ? `belongs to installation ${found}` : undefined;
};

/** Why a store without an identity cannot be ours; `undefined` when it is new, or ours of version 0.1. */
const unfoundedStore = async (
  { store, isInUse }: IdentityParts,
  known: StoreRecord | undefined,
): Promise<string | undefined> => {
  const isEmpty = (await store.head()) === START;
  const isExpected = known?.founded === true || (isEmpty && (await isInUse()));
  if (!isExpected) return undefined;
  return isEmpty ? 'is empty' : 'has events of a version 0.1 that this installation does not know';
};

const assertOwn = async (
  parts: IdentityParts,
  known: StoreRecord | undefined,
  found: string | undefined,
): Promise<void> => {
  const what = await (found === undefined ? unfoundedStore(parts, known) : othersStore(parts, known, found));
  if (what === undefined) return;
  const { where } = parts;
  const installation = known?.installation ?? 'another';
  const message = `${where} ${what}, but installation ${installation} has used another store.`;
  throw new CodedError('STORE_FOREIGN', message, { context: { store: where, installation, found } });
};

/** STORE_IMPORT_UNFINISHED while an import is under way. */
export const assertImported = async (store: EventStore, where: string): Promise<void> => {
  if ((await store.importMark()) === undefined) return;
  throw new CodedError('STORE_IMPORT_UNFINISHED', `An import into ${where} has not finished.`, {
    context: { store: where },
  });
};

/**
 * The identity of the store that a service opens. A new store is founded; one of version 0.1 gets the id that this
 * installation has; a known one must be the one remembered. Rejects with STORE_FOREIGN or STORE_IMPORT_UNFINISHED:
 * nothing is changed then.
 */
export const openIdentity = async (parts: IdentityParts): Promise<string> => {
  const { store, memory, where, at } = parts;
  await assertImported(store, where);
  const [found, known] = [await installationIn(store), await memory.recall()];
  await assertOwn(parts, known, found);
  const id = found ?? (await foundInstallation(store, known?.installation ?? randomUUID(), at));
  if (known?.installation !== id || !known.founded)
    await memory.update({
      ...(known?.installation === id ? {} : { installation: id }),
      founded: true,
    });
  return id;
};
