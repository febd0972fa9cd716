import { readmeKey } from '#libs/archive';
import { decodeEvent } from '#libs/contracts';
import type { LiveEnvironment } from '#libs/domain';
import { CodedError, keepNewest } from '#libs/kernel';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import {
  finalityProofFile,
  genesisFile,
  managedBucketOf,
  readFitting,
  readSmall,
  type CopyParts,
  type RecordedFile,
  type ServicePorts,
} from '#libs/services';
import { readManaged } from '../managed-bucket/managed-manifests.js';
import { readmeOf } from './readme-text.js';

const ENVIRONMENTS_KEPT_MAX = 200;

type Proofs = { next: bigint; readonly files: Map<string, RecordedFile> };
type Ports = CopyParts & Pick<ServicePorts, 'home' | 'store'>;

/**
 * The small files beside the segments: the genesis document, proofs that finality broke, README. Every copy holds the
 * present ones. Only what events say the bytes of is delivered, and what is as recorded is never overwritten.
 */
export class SideFiles {
  private readonly proofs = new Map<string, Proofs>();

  constructor(private readonly ports: Ports) {}

  /** Writes to a place of ours what it lacks of them. Rejects as `readManaged` when there is no good copy to write. */
  async copyTo(to: ObjectStore, environment: LiveEnvironment, signal: AbortSignal): Promise<void> {
    await writeReadme(to, environment, signal);
    const { environmentId } = environment;
    const store = await managedBucketOf(environment, this.ports);
    for (const file of await this.of(environment)) {
      if ((await readFitting(to, file)) !== undefined) continue;
      const bytes = await readManaged({ store, environmentId }, file, this.ports);
      await replaceSmall(to, file.key, bytes, signal);
    }
  }

  /** Does a place hold all of them as recorded? */
  async areIn(store: ObjectStore, environment: LiveEnvironment): Promise<boolean> {
    for (const file of [readmeFile(environment), ...(await this.of(environment))]) {
      if ((await readFitting(store, file)) === undefined) return false;
    }
    return true;
  }

  /** Those that are the same everywhere. */
  async of(environment: LiveEnvironment): Promise<readonly RecordedFile[]> {
    const genesis = genesisFile(environment, this.ports);
    const proofs = await this.proofsOf(environment.environmentId);
    return [...(genesis === undefined ? [] : [genesis]), ...proofs];
  }

  /** From the events, each of which is read once. */
  private async proofsOf(environmentId: string): Promise<readonly RecordedFile[]> {
    const known = this.proofs.get(environmentId) ?? { next: 0n, files: new Map<string, RecordedFile>() };
    keepNewest(this.proofs, environmentId, known, ENVIRONMENTS_KEPT_MAX);
    const { store } = this.ports;
    for await (const stored of store.readStream(`backup-${environmentId}`, { from: known.next })) {
      known.next = stored.revision + 1n;
      if (stored.type !== 'RangeDisputed') continue;
      const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion);
      if (event.type !== 'RangeDisputed' || event.data.proof === undefined) continue;
      const { key, bytes } = finalityProofFile(environmentId, event.data.proof);
      // The first one is what was stored; a later dispute may tell the same by other seals.
      if (!known.files.has(key)) known.files.set(key, { key, bytes, fits: (found) => bytes.equals(found) });
    }
    return [...known.files.values()];
  }
}

const readmeFile = (environment: LiveEnvironment): RecordedFile => {
  const bytes = Buffer.from(readmeOf(environment));
  return { key: readmeKey(environment.environmentId), bytes, fits: (found) => bytes.equals(found) };
};

/** Puts the text for the finder where it is missing or out of date. */
export const writeReadme = (
  to: ObjectStore,
  environment: LiveEnvironment,
  signal: AbortSignal,
): Promise<void> =>
  replaceSmall(to, readmeKey(environment.environmentId), Buffer.from(readmeOf(environment)), signal);

const replaceSmall = async (
  to: ObjectStore,
  key: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> => {
  const head = await to.head(key);
  if (head !== undefined && (await readSmall(to, key))?.equals(bytes)) return;
  const condition = head === undefined ? 'if-absent' : { ifMatch: head.etag };
  const { outcome } = await to.put(key, bodyFromBytes(bytes), condition, signal);
  if (outcome === 'refused')
    throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while Chainkeep was writing it.`);
};
