import type { SegmentRecord } from '#libs/domain';
import { CodedError, hasCode, isCodedError } from '#libs/kernel';
import type { ObjectBody, ObjectStore } from '#libs/object-store';

/**
 * Reads files of the managed bucket, telling its faults from those of the target they go to: MANAGED_UNAVAILABLE, and
 * MANAGED_OBJECT_DAMAGED for what is missing or not what was recorded.
 */
export class ManagedFile {
  private failed: CodedError | undefined;

  constructor(
    readonly store: ObjectStore,
    private readonly segment: SegmentRecord,
  ) {}

  /** What went wrong on this side, however a store on the other side put it. */
  get failure(): CodedError | undefined {
    return this.failed;
  }

  /** The file as it was recorded; reading it rejects with a fault of this side when it is another by now. */
  body(signal: AbortSignal): ObjectBody {
    const { bytes, sha256 } = this.segment;
    const onMismatch = (): CodedError => this.fail(undefined);
    return { bytes, sha256, retain: true, onMismatch, open: (into) => this.read(signal, into) };
  }

  private async *read(signal: AbortSignal, into?: Buffer): AsyncGenerator<Uint8Array> {
    try {
      yield* this.store.get(this.segment.key, signal, into);
    } catch (error) {
      signal.throwIfAborted();
      throw this.fail(error);
    }
  }

  private fail(error: unknown): CodedError {
    this.failed = managedFailure(error, this.segment.key);
    return this.failed;
  }
}

/** The same failure as one of the managed bucket; without an error the object is damaged. */
export const managedFailure = (error: unknown, key: string): CodedError => {
  if (error === undefined || hasCode(error, 'TARGET_OBJECT_MISSING')) {
    return new CodedError(
      'MANAGED_OBJECT_DAMAGED',
      `${key} in the managed bucket is not what Chainkeep recorded.`,
      {
        context: { key },
        cause: error,
      },
    );
  }
  const why = isCodedError(error) ? ` ${error.message}` : '';
  return new CodedError('MANAGED_UNAVAILABLE', `${key} could not be read from the managed bucket.${why}`, {
    context: { key },
    cause: error,
  });
};
