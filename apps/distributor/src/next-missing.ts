import { decodeEvent } from '#libs/contracts';
import type { LiveTarget, SegmentRecord } from '#libs/domain';
import type { EventStore } from '#libs/event-sourcing';

export type MissingSegment = Readonly<{ segment: SegmentRecord; revision: bigint }>;

/**
 * The next file a target lacks: history minus what its destination has, read from the store at this moment. One
 * algorithm for live delivery, backfill, retry and healing; superseded files included.
 */
export const nextMissing = async (
  store: EventStore,
  target: LiveTarget,
): Promise<MissingSegment | undefined> => {
  const stream = `backup-${target.environmentId}`;
  for await (const stored of store.readStream(stream, { from: target.sourceRevision + 1n })) {
    if (stored.type !== 'SegmentExported') continue;
    const event = decodeEvent(stored.type, stored.data, stored.metadata.schemaVersion);
    if (event.type === 'SegmentExported' && event.data.ordinal > target.deliveredThrough) {
      return { segment: event.data, revision: stored.revision };
    }
  }
  return undefined;
};
