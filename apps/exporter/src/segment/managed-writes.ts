import { CodedError, isCodedError, type ErrorCode } from '#libs/kernel';
import { digestOf, type bodyFromFile, type ObjectStore } from '#libs/object-store';

/** Trouble with the managed bucket that passes, or that an operator must fix while the run waits. */
const WAITED_FOR: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TARGET_UNAVAILABLE',
  'TARGET_DENIED',
  'TARGET_CREDENTIALS_REFUSED',
  'TARGET_PLACE_MISSING',
  'TARGET_FULL',
]);

/** Trouble with the managed bucket rejects with `MANAGED_UNAVAILABLE`, for which a run waits. */
export const onManaged = async <T>(action: () => Promise<T>): Promise<T> => {
  try {
    return await action();
  } catch (error) {
    if (!isCodedError(error) || !WAITED_FOR.has(error.code)) throw error;
    throw new CodedError('MANAGED_UNAVAILABLE', `The managed bucket cannot be used: ${error.message}`, {
      cause: error,
    });
  }
};

/** Durable and read back: only then may the segment be recorded. */
export const putReadBack = async (
  managed: ObjectStore,
  key: string,
  body: Awaited<ReturnType<typeof bodyFromFile>>,
  signal: AbortSignal,
): Promise<void> => {
  const result = await managed.put(key, body, 'if-absent', signal);
  if (result.outcome === 'refused') {
    // The existing object did not verify (see adopt), so exactly that object is replaced.
    const { object } = result;
    const again = await managed.put(key, body, object ? { ifMatch: object.etag } : 'if-absent', signal);
    if (again.outcome === 'refused') {
      throw new CodedError('TARGET_UNAVAILABLE', `Another program is writing ${key} in the managed bucket.`);
    }
  }
  const { sha256 } = await digestOf(managed, key, signal);
  if (sha256 !== body.sha256) {
    throw new CodedError('TARGET_DIGEST_MISMATCH', `${key} has a different digest after writing.`, {
      context: { key, expected: body.sha256, actual: sha256 },
    });
  }
};
