import type { ProbeFinding } from '#libs/domain';
import type { Clock } from '#libs/kernel';
import {
  ObjectStore,
  type CopySource,
  type ObjectBody,
  type ObjectInfo,
  type PutCondition,
  type PutResult,
} from './object-store.js';

/** A limit in bytes per second that several stores may share. They are served in the order in which they ask. */
export class RateLimit {
  private freeAtMs = 0;
  private lastMs = 0;

  constructor(
    private readonly bytesPerSecondMax: number,
    private readonly clock: Clock,
  ) {}

  /** Resolves when these bytes may pass; rejects with the signal's reason when it aborts first. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const nowMs = this.clock.nowMs();
    // A clock that is set back must not make anybody wait until it has caught up.
    this.freeAtMs -= Math.max(0, this.lastMs - nowMs);
    this.lastMs = nowMs;
    const startMs = Math.max(nowMs, this.freeAtMs);
    this.freeAtMs = startMs + (bytes / this.bytesPerSecondMax) * 1_000;
    if (startMs > nowMs) await this.clock.sleep(startMs - nowMs, signal);
  }
}

/** A store whose bytes pass all the given limits, to it and from it. Copies the store makes by itself pass none. */
export class LimitedObjectStore extends ObjectStore {
  constructor(
    readonly inner: ObjectStore,
    private readonly limits: readonly RateLimit[],
  ) {
    super();
  }

  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    const limited = { ...body, open: (into?: Buffer) => this.limited(body.open(into), signal) };
    return this.inner.put(key, limited, condition, signal);
  }

  override async copyFrom(
    source: CopySource,
    key: string,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult | undefined> {
    return this.inner.copyFrom(source, key, condition, signal);
  }

  override head(key: string): Promise<ObjectInfo | undefined> {
    return this.inner.head(key);
  }

  override get(key: string, signal?: AbortSignal, into?: Buffer): AsyncIterable<Uint8Array> {
    return this.limited(this.inner.get(key, signal, into), signal);
  }

  override list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix, signal);
  }

  override remove(key: string): Promise<void> {
    return this.inner.remove(key);
  }

  override inspect(prefix: string, signal?: AbortSignal): Promise<readonly ProbeFinding[]> {
    return this.inner.inspect(prefix, signal);
  }

  private async *limited(
    chunks: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      for (const limit of this.limits) await limit.take(chunk.byteLength, signal);
      yield chunk;
    }
  }
}

/** The store itself below its limits, for what only two of a kind can do with each other. */
export const withoutLimits = (store: ObjectStore): ObjectStore =>
  store instanceof LimitedObjectStore ? withoutLimits(store.inner) : store;
