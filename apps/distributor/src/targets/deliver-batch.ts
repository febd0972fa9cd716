import { detailOf, type HistoryEntry, type LiveEnvironment, type LiveTarget } from '#libs/domain';
import type { ObjectInfo, ObjectStore } from '#libs/object-store';
import { managedBucketOf } from '#libs/services';
import { inOrder } from './in-order.js';
import { deliverManifest, deliverSegment, type Copy } from './deliver-file.js';
import { TransferPace } from './transfer-pace.js';
import type { DeliveryContext } from '../delivery-context.js';

export type Batch = Readonly<{
  target: LiveTarget;
  environment: LiveEnvironment;
  to: ObjectStore;
  entries: readonly HistoryEntry[];
  /** Called before the first result is recorded. */
  onSuccess: () => Promise<void>;
  signal: AbortSignal;
}>;

/** Delivers files several at a time and records them in their order. Resolves to how many were recorded. */
export const deliverBatch = async (context: DeliveryContext, batch: Batch): Promise<number> => {
  const { target, environment, entries, signal } = batch;
  const from = await managedBucketOf(environment, context.ports);
  const shared = await sharedFor(context, environment);
  const faulty = new Set(target.faults.map(({ ordinal }) => ordinal));
  const copyOf = (segment: HistoryEntry, each: AbortSignal): Copy => ({
    manifests: context.manifests,
    from,
    to: batch.to,
    environmentId: environment.environmentId,
    segment,
    heal: faulty.has(segment.ordinal),
    shared,
    signal: each,
  });
  let succeeded = false;
  return inOrder<HistoryEntry, ObjectInfo>(entries, {
    // A target in trouble is tried with one file.
    width: target.failure || target.suspension ? 1 : widthOf(context, target),
    signal,
    start: async (entry, each) => {
      const release = await context.slots.acquire(target.membershipId, each);
      const pace = new TransferPace(context.paceOf(target), each);
      try {
        // Nobody keeps a slot while the stores are away.
        context.ports.gate.assertOpen();
        if (!(await isStillWanted(context, target))) return undefined;
        return await deliverSegment({ ...copyOf(entry, pace.signal), pace });
      } finally {
        pace.end();
        release();
      }
    },
    finish: (entry, each) => deliverManifest(copyOf(entry, each)),
    record: async (entry, object) => {
      if (!succeeded) await batch.onSuccess();
      succeeded = true;
      await record(context, target, { entry, object, heal: faulty.has(entry.ordinal) });
    },
  });
};

const widthOf = ({ options }: DeliveryContext, { details }: LiveTarget): number =>
  detailOf(details, 'max_transfers') ?? options.targetTransfersMax;

/** Reading once for several targets pays when there are several, and when reading is more than a local disk's work. */
const sharedFor = async (context: DeliveryContext, { environmentId, managed }: LiveEnvironment) => {
  if (managed === undefined || managed.provider === 'directory') return undefined;
  const targets = await context.ports.catalogue.targets(environmentId);
  return targets.filter(({ enabled }) => enabled).length > 1 ? context.shared : undefined;
};

/** No file is begun for a target that was disabled, removed or moved since. */
const isStillWanted = async (
  { ports }: DeliveryContext,
  { targetId, destination }: LiveTarget,
): Promise<boolean> => {
  const { state } = await ports.streams.targets.load(targetId);
  return state.status === 'live' && state.enabled && state.destination === destination;
};

const record = async (
  context: DeliveryContext,
  { targetId, destination }: LiveTarget,
  { entry, object, heal }: Readonly<{ entry: HistoryEntry; object: ObjectInfo; heal: boolean }>,
): Promise<void> => {
  const { file, ordinal, bytes, sha256, revision: sourceRevision } = entry;
  const { etag } = object;
  const said = { file, ordinal, bytes, sha256, etag, destination, at: context.now() };
  await context.give(
    targetId,
    heal ? { type: 'RecordHealed', ...said } : { type: 'RecordDelivery', ...said, sourceRevision },
  );
};
