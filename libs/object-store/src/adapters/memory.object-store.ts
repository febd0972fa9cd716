import type { ProbeFinding } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { checkedChunks } from '../body.js';
import { checkPrefix, compareKeys, segmentsOf } from '../key.js';
import { withoutLimits } from '../limited.object-store.js';
import {
  ObjectStore,
  type CopySource,
  type ObjectBody,
  type ObjectInfo,
  type PutCondition,
  type PutResult,
} from '../object-store.js';
import { holds } from './conditions.js';

type Held = Readonly<{ chunks: readonly Uint8Array[]; info: ObjectInfo }>;

/** Objects in memory, for tests and simulations. */
export class MemoryObjectStore extends ObjectStore {
  private readonly held = new Map<string, Held>();
  private versions = 0;

  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    segmentsOf(key);
    signal?.throwIfAborted();
    if (!this.admits(key, condition)) return this.refused(key);
    const chunks: Uint8Array[] = [];
    for await (const chunk of checkedChunks(body, signal)) chunks.push(Uint8Array.from(chunk));
    if (!this.admits(key, condition)) return this.refused(key);
    this.versions += 1;
    const info: ObjectInfo = { key, bytes: body.bytes, etag: `v${this.versions}` };
    this.held.set(key, { chunks, info });
    return { outcome: 'stored', object: info };
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    segmentsOf(key);
    return this.held.get(key)?.info;
  }

  override async *get(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    segmentsOf(key);
    const found = this.held.get(key);
    if (!found)
      throw new CodedError('TARGET_OBJECT_MISSING', `There is no object ${key}.`, { context: { key } });
    for (const chunk of found.chunks) {
      signal?.throwIfAborted();
      yield chunk;
    }
  }

  override async *list(prefix: string): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    const keys = [...this.held.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    for (const key of keys) {
      const found = this.held.get(key);
      if (found) yield found.info;
    }
  }

  override async remove(key: string): Promise<void> {
    segmentsOf(key);
    this.held.delete(key);
  }

  override async copyFrom(
    { store: source, key: from, bytes, sha256 }: CopySource,
    key: string,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult | undefined> {
    const store = withoutLimits(source);
    if (!(store instanceof MemoryObjectStore)) return undefined;
    return this.put(key, { bytes, sha256, open: () => store.get(from, signal) }, condition, signal);
  }

  override async inspect(): Promise<readonly ProbeFinding[]> {
    return [];
  }

  /** Bytes of all objects held. */
  residentBytes(): number {
    return [...this.held.values()].reduce((sum, { info }) => sum + info.bytes, 0);
  }

  private admits(key: string, condition: PutCondition): boolean {
    return holds(condition, this.held.get(key)?.info);
  }

  private refused(key: string): PutResult {
    return { outcome: 'refused', object: this.held.get(key)?.info };
  }
}
