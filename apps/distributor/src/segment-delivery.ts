import { manifestKey } from '#libs/archive';
import type { SegmentRecord } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import {
  bodyFromBytes,
  digestOf,
  type ObjectBody,
  type ObjectInfo,
  type ObjectStore,
} from '#libs/object-store';
import { readSmall } from '#libs/platform';

type Copy = Readonly<{
  from: ObjectStore;
  to: ObjectStore;
  environmentId: string;
  segment: SegmentRecord;
  /** Healing alone may overwrite. */
  heal: boolean;
  signal: AbortSignal;
}>;

/** Copies one file and its manifest; what stands there already counts when it has the right digest. */
export const deliverSegment = async (copy: Copy): Promise<ObjectInfo> => {
  const { from, to, segment, signal } = copy;
  const body: ObjectBody = {
    bytes: segment.bytes,
    sha256: segment.sha256,
    open: () => from.get(segment.key, signal),
  };
  const object = await putOnce(copy, segment.key, body);
  const manifest = await readSmall(from, manifestKey(copy.environmentId, segment.file));
  if (manifest === undefined) {
    throw new CodedError(
      'TARGET_OBJECT_MISSING',
      `The manifest of ${segment.file} is not in the managed bucket.`,
    );
  }
  await to.put(manifestKey(copy.environmentId, segment.file), bodyFromBytes(manifest), 'always', signal);
  return object;
};

const putOnce = async ({ to, heal, signal }: Copy, key: string, body: ObjectBody): Promise<ObjectInfo> => {
  const put = await to.put(key, body, 'if-absent', signal);
  if (put.outcome === 'stored') return put.object;
  const there = put.object;
  if (there === undefined)
    throw new CodedError('TARGET_UNAVAILABLE', `${key} comes and goes while it is written.`);
  const digest = await digestOf(to, key, signal);
  if (digest.sha256 === body.sha256) return there;
  if (!heal) {
    throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} exists with another content.`, {
      context: { key, expected: body.sha256, actual: digest.sha256 },
    });
  }
  const healed = await to.put(key, body, { ifMatch: there.etag }, signal);
  if (healed.outcome === 'stored') return healed.object;
  throw new CodedError('TARGET_UNAVAILABLE', `${key} changed while it was healed.`);
};
