import { z } from 'zod';
import { markerKey } from '#libs/archive';
import { CodedError } from '#libs/kernel';
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
}>;

const marker = z.object({
  version: z.literal(1),
  environment_id: z.string(),
  chain_id: z.string().optional(),
  genesis_hash: z.string(),
  epoch: z.number().int().positive(),
  installation: z.string(),
});
type Marker = z.infer<typeof marker>;

const markerOf = ({ environmentId, installation, genesisHash, chainId, epoch }: PlaceOwner): Marker => ({
  version: 1,
  environment_id: environmentId,
  ...(chainId === undefined ? {} : { chain_id: chainId.toString() }),
  genesis_hash: genesisHash,
  epoch,
  installation,
});

const bodyOf = (content: Marker) => bodyFromBytes(Buffer.from(`${JSON.stringify(content, null, 2)}\n`));

const foreign = (key: string, what: string, { installation, epoch }: Marker): CodedError =>
  new CodedError('TARGET_FOREIGN', `${key} says that this location ${what}.`, {
    context: { installation, epoch },
  });

const readMarker = async (store: ObjectStore, key: string): Promise<Marker | undefined> => {
  const bytes = await readSmall(store, key, MARKER_BYTES_MAX);
  if (bytes === undefined) return undefined;
  try {
    return marker.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new CodedError('TARGET_FOREIGN', `${key} exists there, but Chainkeep did not write it.`, {
      cause: error,
    });
  }
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

/**
 * Makes a place ours, or makes sure that it still is: the first process creates the marker, once. Throws TARGET_FOREIGN
 * when another installation, chain or epoch holds it; nothing is written then.
 */
export const claimPlace = async (
  store: ObjectStore,
  owner: PlaceOwner,
  signal?: AbortSignal,
): Promise<void> => {
  const key = markerKey(owner.environmentId);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const found = await readMarker(store, key);
    if (found !== undefined) {
      const what = otherChain(found, owner) ?? otherWriter(found, owner);
      if (what !== undefined) throw foreign(key, what, found);
      return;
    }
    const put = await store.put(key, bodyOf(markerOf(owner)), 'if-absent', signal);
    if (put.outcome === 'stored') return;
  }
  throw new CodedError('TARGET_UNAVAILABLE', `${key} kept changing while Chainkeep read it.`);
};

/** Does the marker there name another installation? `false` where there is none, or none that can be read. */
export const strangerAt = async (
  store: ObjectStore,
  environmentId: string,
  installation: string,
): Promise<boolean> => {
  const found = await readMarker(store, markerKey(environmentId)).catch(() => undefined);
  return found !== undefined && found.installation !== installation;
};

/**
 * Takes the place over from its writer and returns the new epoch. The old writer is refused when it next looks at the
 * marker. Throws TARGET_FOREIGN when another chain is there: that is never taken over.
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
    }
    const condition = head === undefined ? 'if-absent' : { ifMatch: head.etag };
    const content = { ...found, ...markerOf(mine) };
    if ((await store.put(key, bodyOf(content), condition)).outcome === 'stored') return epoch;
  }
  throw new CodedError('TARGET_UNAVAILABLE', `${key} changed during the takeover.`);
};
