import { genesisKey } from '#libs/archive';
import type { LiveEnvironment, LiveTarget } from '#libs/domain';
import { isCodedError } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { managedBucketOf, readSmall, type ServicePorts } from '#libs/platform';
import type { SecretRef } from '#libs/event-store';

/** The store of a target, opened with its secrets. */
export const openTarget = async (target: LiveTarget, ports: ServicePorts): Promise<ObjectStore> => {
  const secrets = target.secretRef === undefined ? {} : await ports.vault.get(target.secretRef as SecretRef);
  return ports.objects.open({ provider: target.provider, details: target.details, secrets, role: 'target' });
};

/** Copies the genesis document beside the files when one was provided and the place lacks this version. */
export const copyGenesis = async (
  store: ObjectStore,
  environment: LiveEnvironment,
  ports: ServicePorts,
  signal: AbortSignal,
): Promise<void> => {
  if (environment.genesis === undefined) return;
  const managed = await managedBucketOf(environment, ports);
  const document = await readSmall(managed, environment.genesis.key);
  if (document === undefined) return;
  const key = genesisKey(environment.environmentId);
  const there = await readSmall(store, key);
  if (there?.equals(document)) return;
  await store.put(key, bodyFromBytes(document), 'always', signal);
};

/** Does waiting help, or must somebody do something first? */
export const isPassing = (error: unknown): boolean => !isCodedError(error) || error.retryable;
