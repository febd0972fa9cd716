/** What a store says of an object. */
export type ObjectInfo = Readonly<{
  key: string;
  bytes: number;
  /** The store's own version tag, for conditional replacement. */
  etag: string;
}>;

/** Bytes to store: `open` may be called again for a retry and always yields the same bytes. */
export type ObjectBody = Readonly<{
  bytes: number;
  /** Lower-case hex digest of all bytes; the store refuses a body that does not have it. */
  sha256: string;
  open: () => AsyncIterable<Uint8Array>;
}>;

/** `if-absent`: only when no object has the key. `if-match`: only when the object has this etag. `always`: replace. */
export type PutCondition = 'if-absent' | 'always' | Readonly<{ ifMatch: string }>;

export type PutResult =
  | Readonly<{ outcome: 'stored'; object: ObjectInfo }>
  /** The condition did not hold; nothing was written. `object` is what stands there, if anything does. */
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
 * - `list` yields keys under the prefix in ascending order of their UTF-8 bytes, and never what is still being written.
 */
export abstract class ObjectStore {
  abstract put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult>;
  abstract head(key: string): Promise<ObjectInfo | undefined>;
  /** The object's bytes; rejects with TARGET_OBJECT_MISSING when there is none. */
  abstract get(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  abstract list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Removes an object (only probes do); silent when there is none. */
  abstract remove(key: string): Promise<void>;
}
