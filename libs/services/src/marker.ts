import { z } from 'zod';
import { historyKey, markerKey } from '#libs/archive';
import { canonicalJson, CodedError, sha256Hex } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { readSmall } from './read-small.js';

const MARKER_BYTES_MAX = 64 * 1024;
const ATTEMPTS_MAX = 3;

/** Who writes to a place, and which chain. */
export type PlaceOwner = Readonly<{
  environmentId: string;
  installation: string;
  genesisHash: string;
  /** Left out where it is not known; what is not known is not compared. */
  chainId?: bigint;
  /** Raised by every takeover: a writer that knows a lower one is fenced. */
  epoch: number;
  /** Who of the installation writes there: `MANAGED`, or the id of a target. */
  holder: string;
  /** Does a holder that is a target still write there? One that was removed or moved gives its place free. */
  isHeld?: (targetId: string) => Promise<boolean>;
  /** Do files lie there that only this installation wrote? A damaged marker is written again then. */
  holdsOurs?: (store: ObjectStore) => Promise<boolean>;
}>;

/** The holder of an environment's own bucket. Its name is no id of a target. */
export const MANAGED = 'managed';

const marker = z.object({
  version: z.literal(1),
  environment_id: z.string(),
  chain_id: z.string().optional(),
  genesis_hash: z.string(),
  epoch: z.number().int().positive(),
  installation: z.string(),
  /** Version 0.1 wrote none. */
  holder: z.string().optional(),
  /** Of the fields before it, so that a flipped bit does not pass for another writer; not in markers of 0.1. */
  sha256: z.string().optional(),
});
type Marker = z.infer<typeof marker>;

/** An id has no colon. */
const holderOfTarget = (targetId: string): string => (targetId === MANAGED ? `target:${MANAGED}` : targetId);

/** The owner of a place that is a target's. */
export const asTarget = (targetId: string): Pick<PlaceOwner, 'holder'> => ({
  holder: holderOfTarget(targetId),
});

const markerOf = ({
  environmentId,
  installation,
  genesisHash,
  chainId,
  epoch,
  holder,
}: PlaceOwner): Marker => ({
  version: 1,
  environment_id: environmentId,
  ...(chainId === undefined ? {} : { chain_id: chainId.toString() }),
  genesis_hash: genesisHash,
  epoch,
  installation,
  holder,
});

type Fields = Readonly<Record<string, unknown>>;

const digestOf = ({ sha256: _old, ...fields }: Fields): string => sha256Hex(canonicalJson(fields));

const textOf = (content: Fields): string => `${JSON.stringify(content, null, 2)}\n`;

const bodyOf = (content: Marker) =>
  bodyFromBytes(Buffer.from(textOf({ ...content, sha256: digestOf(content) })));

/** Is it as it was written? A later version may have more fields; version 0.1 had these and no digest. */
const isWhole = (text: string, fields: Fields): boolean =>
  fields['sha256'] === undefined
    ? Object.keys(fields).every((name) => name in marker.shape)
    : text === textOf(fields) && fields['sha256'] === digestOf(fields);

const foreign = (key: string, what: string, { installation, epoch }: Marker): CodedError =>
  new CodedError('TARGET_FOREIGN', `${key} says that this location ${what}.`, {
    context: { installation, epoch },
  });

/** A text under the marker's key that is no marker, or not as it was written. `found`: what it says nevertheless. */
type Damaged = Readonly<{ damaged: true; found?: Marker }>;

const readAny = async (
  store: ObjectStore,
  key: string,
  signal?: AbortSignal,
): Promise<Marker | Damaged | undefined> => {
  const bytes = await readSmall(store, key, MARKER_BYTES_MAX, signal);
  if (bytes === undefined) return undefined;
  try {
    const text = bytes.toString('utf8');
    const fields = JSON.parse(text) as Fields;
    const found = marker.parse(fields);
    return isWhole(text, fields) ? found : { damaged: true, found };
  } catch {
    return { damaged: true };
  }
};

const readMarker = async (store: ObjectStore, key: string): Promise<Marker | undefined> => {
  const found = await readAny(store, key);
  if (found === undefined || !('damaged' in found)) return found;
  throw notOurs(key);
};

const notOurs = (key: string): CodedError =>
  new CodedError('TARGET_FOREIGN', `${key} exists there, but Chainkeep did not write it.`);

/** Writes a damaged marker again where files of ours lie. Throws TARGET_FOREIGN elsewhere. */
const repair = async (store: ObjectStore, owner: PlaceOwner, { found }: Damaged): Promise<void> => {
  const key = markerKey(owner.environmentId);
  // One flipped bit does not change the writer and the epoch: that is another writer's marker, damaged since.
  const isAnothers = found?.installation !== owner.installation && found?.epoch !== owner.epoch;
  if (found !== undefined && isAnothers) throw notOurs(key);
  if ((await owner.holdsOurs?.(store)) !== true) throw notOurs(key);
  const head = await store.head(key);
  if (head !== undefined) await store.put(key, bodyOf(markerOf(owner)), { ifMatch: head.etag });
};

/** Why no installation may write this chain there; `undefined` when it may. */
const otherChain = (found: Marker, owner: PlaceOwner): string | undefined => {
  if (found.environment_id !== owner.environmentId) return 'belongs to another environment';
  if (found.genesis_hash !== owner.genesisHash) return 'holds another chain (its genesis differs)';
  const chainId = owner.chainId?.toString();
  const differs = found.chain_id !== undefined && chainId !== undefined && found.chain_id !== chainId;
  return differs ? 'holds another chain (its chain id differs)' : undefined;
};

const otherWriter = (found: Marker, owner: PlaceOwner): string | undefined => {
  if (found.installation !== owner.installation) return 'belongs to another installation';
  return found.epoch === owner.epoch ? undefined : `was taken over (epoch ${found.epoch})`;
};

type Other = 'managed' | 'target';

/** Who else of the installation holds the place. The managed bucket takes it from a target, never the other way. */
const otherHolder = async (
  { holder: found }: Pick<Marker, 'holder'>,
  { holder, isHeld }: Pick<PlaceOwner, 'holder' | 'isHeld'>,
): Promise<Other | undefined> => {
  if (found === undefined || found === holder || holder === MANAGED) return undefined;
  if (found === MANAGED) return 'managed';
  return (await isHeld?.(found)) === true ? 'target' : undefined;
};

const HOLDS: Readonly<Record<Other, string>> = {
  managed: 'is the managed bucket of the environment: a copy there would not be a second copy',
  target: 'belongs to another target',
};

/** Writes the name of the holder into a marker of ours. Resolves to false when it changed meanwhile. */
const nameHolder = async (
  store: ObjectStore,
  key: string,
  found: Marker,
  holder: string,
): Promise<boolean> => {
  const head = await store.head(key);
  if (head === undefined) return false;
  const put = await store.put(key, bodyOf({ ...found, holder }), { ifMatch: head.etag });
  return put.outcome === 'stored';
};

/** `true` when the place is ours under this name; `false` when the marker changed while it was read. */
const confirm = async (
  store: ObjectStore,
  { key, found, owner }: Readonly<{ key: string; found: Marker; owner: PlaceOwner }>,
): Promise<boolean> => {
  const what = otherChain(found, owner) ?? otherWriter(found, owner);
  if (what !== undefined) throw foreign(key, what, found);
  const other = await otherHolder(found, owner);
  if (other !== undefined) throw foreign(key, HOLDS[other], found);
  if (found.holder === owner.holder) return true;
  const naming = nameHolder(store, key, found, owner.holder);
  // Some places let nothing be replaced. What version 0.1 wrote there names no holder for ever.
  return found.holder === undefined ? naming.catch(() => true) : naming;
};

/** A place without a marker that has a history but no file of ours is somebody else's. */
const refuseOthersHistory = async (store: ObjectStore, owner: PlaceOwner): Promise<void> => {
  const key = historyKey(owner.environmentId);
  if ((await store.head(key)) === undefined || (await owner.holdsOurs?.(store)) === true) return;
  throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} exists there, but Chainkeep did not write it.`, {
    context: { key },
  });
};

/**
 * Makes a place ours, or makes sure that it still is: the first process creates the marker, once. Throws TARGET_FOREIGN
 * when another installation, chain, epoch or holder has it, TARGET_OBJECT_DIFFERS when it has somebody else's history;
 * nothing is written then.
 */
export const claimPlace = async (
  store: ObjectStore,
  owner: PlaceOwner,
  signal?: AbortSignal,
): Promise<void> => {
  const key = markerKey(owner.environmentId);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const found = await readAny(store, key, signal);
    if (found !== undefined && 'damaged' in found) {
      await repair(store, owner, found);
      continue;
    }
    if (found !== undefined) {
      if (await confirm(store, { key, found, owner })) return;
      continue;
    }
    await refuseOthersHistory(store, owner);
    const put = await store.put(key, bodyOf(markerOf(owner)), 'if-absent', signal);
    if (put.outcome === 'stored') return;
  }
  throw new CodedError('TARGET_UNAVAILABLE', `${key} kept changing while Chainkeep read it.`);
};

/** Who else the marker there names; `undefined` where there is none, or none that can be read. */
export const otherHolderAt = async (
  store: ObjectStore,
  { environmentId, targetId }: Readonly<{ environmentId: string; targetId: string }>,
  parts: Readonly<{ installation: string; isHeld: (targetId: string) => Promise<boolean> }>,
): Promise<Other | 'installation' | undefined> => {
  const found = await readMarker(store, markerKey(environmentId)).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.installation !== parts.installation) return 'installation';
  return otherHolder(found, { ...asTarget(targetId), isHeld: parts.isHeld });
};

/**
 * Takes the place over from its writer and returns the new epoch. The old writer is refused when it next looks at the
 * marker. Throws TARGET_FOREIGN when another chain is there, or when a target would take the managed bucket or the place
 * of another target: those are never taken over.
 */
export const takeOverPlace = async (
  store: ObjectStore,
  owner: Omit<PlaceOwner, 'epoch'>,
): Promise<number> => {
  const key = markerKey(owner.environmentId);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const head = await store.head(key);
    const found = await readMarker(store, key);
    const epoch = (found?.epoch ?? 0) + 1;
    const mine = { ...owner, epoch };
    if (found !== undefined) {
      const what = otherChain(found, mine);
      if (what !== undefined) throw foreign(key, what, found);
      const other = await otherHolder(found, mine);
      if (other !== undefined) throw foreign(key, HOLDS[other], found);
    }
    const condition = head === undefined ? 'if-absent' : { ifMatch: head.etag };
    const content = { ...found, ...markerOf(mine) };
    if ((await store.put(key, bodyOf(content), condition)).outcome === 'stored') return epoch;
  }
  throw new CodedError('TARGET_UNAVAILABLE', `${key} changed during the takeover.`);
};
