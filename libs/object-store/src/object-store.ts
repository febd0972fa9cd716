import type { ProbeFinding } from '#libs/domain';
import type { CodedError } from '#libs/kernel';

/** What a store says of an object. */
export type ObjectInfo = Readonly<{
  key: string;
  bytes: number;
  /** The store's own version tag, for conditional replacement. */
  etag: string;
  /** `algorithm:hex` of all its bytes as the store itself keeps it; from `put` and `head`, where the store has one. */
  checksum?: string;
}>;

/**
 * Bytes to store: `open` may be called again for a retry and always yields the same bytes. `into` is memory where they
 * are wanted in the end, from its start on: a source that can read there yields chunks that lie in their place already,
 * any other takes no notice of it.
 */
export type ObjectBody = Readonly<{
  bytes: number;
  /** Lower-case hex digest of all bytes; the store refuses a body that does not have it. */
  sha256: string;
  open: (into?: Buffer) => AsyncIterable<Uint8Array>;
  /** The error when the bytes are not what is announced; without it TARGET_DIGEST_MISMATCH. */
  onMismatch?: () => CodedError;
  /** Keep it under the retention of the place (Object Lock), where the place has one. */
  retain?: boolean;
}>;

/** An object of another store to copy without reading it here. `bytes` and `sha256` are what it is known to have. */
export type CopySource = Readonly<{
  store: ObjectStore;
  key: string;
  bytes: number;
  sha256: string;
  retain?: boolean;
}>;

/** `if-absent`: only when no object has the key. `if-match`: only when the object has this etag. `always`: replace. */
export type PutCondition = 'if-absent' | 'always' | Readonly<{ ifMatch: string }>;

export type PutResult =
  | Readonly<{ outcome: 'stored'; object: ObjectInfo }>
  /** The condition did not hold; nothing was written. `object` is what is there, if anything. */
  | Readonly<{ outcome: 'refused'; object: ObjectInfo | undefined }>;

/**
 * Port: a place where objects lie under keys (`a/b/c`, no leading slash, no `..`, else INPUT_INVALID).
 *
 * Contract (object-store.contract.ts runs it on every adapter):
 * - `put` is atomic and durable: after it resolved `stored`, the object is there in full, also after a power loss;
 *   before that, no reader and no listing ever sees a part of it.
 * - A body whose digest differs from `sha256` is TARGET_DIGEST_MISMATCH and leaves nothing behind.
 * - Errors are coded: TARGET_UNAVAILABLE, TARGET_DENIED, TARGET_FULL; an aborted signal rejects with its reason.
 * - A large body flows through in constant memory.
 * - Of several `if-absent` puts of one key at the same time exactly one is `stored`.
 * - What was stored is compared with the store's own checksum of it, else read back: TARGET_DIGEST_MISMATCH.
 * - `list` yields keys under the prefix in ascending order of their UTF-8 bytes, and never what is still being written.
 */
export abstract class ObjectStore {
  abstract put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult>;
  /**
   * `put` of another store's object by the stores themselves, verified like a put; `undefined` when they can't (other
   * providers or endpoints, no permission to read there) and the caller has to stream. Nothing was written then.
   */
  abstract copyFrom(
    source: CopySource,
    key: string,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult | undefined>;
  abstract head(key: string): Promise<ObjectInfo | undefined>;
  /** The object's bytes; rejects with TARGET_OBJECT_MISSING when there is none. `into`: as with `ObjectBody`. */
  abstract get(key: string, signal?: AbortSignal, into?: Buffer): AsyncIterable<Uint8Array>;
  abstract list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo>;
  /** Removes an object (only probes do); silent when there is none. */
  abstract remove(key: string): Promise<void>;
  /**
   * What only this kind of place can be asked below a prefix (Object Lock, unfinished uploads); part of `probe`. What
   * our own broken uploads of earlier days left there is cleaned up.
   */
  abstract inspect(prefix: string, signal?: AbortSignal): Promise<readonly ProbeFinding[]>;
}
