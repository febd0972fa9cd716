import { genesisKey, markerKey } from '#libs/archive';
import type { LiveEnvironment, LiveTarget } from '#libs/domain';
import { CodedError, isCodedError } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { managedBucketOf, type ServicePorts } from '#libs/platform';
import type { SecretRef } from '#libs/event-store';

const MARKER_BYTES_MAX = 64 * 1024;
const SMALL_BYTES_MAX = 64 * 1024 * 1024;

/** The store of a target, opened with its secrets. */
export const openTarget = async (target: LiveTarget, ports: ServicePorts): Promise<ObjectStore> => {
  const secrets = target.secretRef === undefined ? {} : await ports.vault.get(target.secretRef as SecretRef);
  return ports.objects.open({ provider: target.provider, details: target.details, secrets, role: 'target' });
};

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
    const put = await store.put(key, bodyFromBytes(Buffer.from(text)), 'if-absent');
    if (put.outcome === 'stored') return;
  }
  const found = (existing ?? (await readSmall(store, key, MARKER_BYTES_MAX)))?.toString('utf8');
  if (found === text) return;
  throw new CodedError('TARGET_FOREIGN', `${key} there belongs to another installation or chain.`, {
    context: { found: found?.slice(0, 300) },
  });
};

/** Copies the genesis document beside the files when one was provided and the place lacks this version. */
export const copyGenesis = async (
  store: ObjectStore,
  environment: LiveEnvironment,
  ports: ServicePorts,
): Promise<void> => {
  if (environment.genesis === undefined) return;
  const managed = await managedBucketOf(environment, ports);
  const document = await readSmall(managed, environment.genesis.key);
  if (document === undefined) return;
  const key = genesisKey(environment.environmentId);
  const there = await readSmall(store, key);
  if (there?.equals(document)) return;
  await store.put(key, bodyFromBytes(document), 'always');
};

/** Does waiting help, or must somebody do something first? */
export const isPassing = (error: unknown): boolean => !isCodedError(error) || error.retryable;
