import { markerKey } from '#libs/archive';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';

const MARKER_BYTES_MAX = 64 * 1024;
const SMALL_BYTES_MAX = 64 * 1024 * 1024;

/** A small object in full; `undefined` when there is none. */
export const readSmall = async (
  store: ObjectStore,
  key: string,
  bytesMax = SMALL_BYTES_MAX,
): Promise<Buffer | undefined> => {
  const head = await store.head(key);
  if (head === undefined) return undefined;
  if (head.bytes > bytesMax) {
    throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} is larger than any file of ours under that name.`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Whose place this is: installation and chain. Created once; another owner's place is never written to. */
export const claimPlace = async (
  store: ObjectStore,
  environment: LiveEnvironment,
  owner: Readonly<{ installation: string; genesisHash: string }>,
  signal: AbortSignal,
): Promise<void> => {
  const key = markerKey(environment.environmentId);
  const mine = {
    version: 1,
    environment_id: environment.environmentId,
    genesis_hash: owner.genesisHash,
    epoch: 1,
  };
  const text = `${JSON.stringify({ ...mine, installation: owner.installation }, null, 2)}\n`;
  const existing = await readSmall(store, key, MARKER_BYTES_MAX);
  if (existing === undefined) {
    const put = await store.put(key, bodyFromBytes(Buffer.from(text)), 'if-absent', signal);
    if (put.outcome === 'stored') return;
  }
  const found = (existing ?? (await readSmall(store, key, MARKER_BYTES_MAX)))?.toString('utf8');
  if (found === text) return;
  throw new CodedError('TARGET_FOREIGN', `${key} there belongs to another installation or chain.`, {
    context: { found: found?.slice(0, 300) },
  });
};
