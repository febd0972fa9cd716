import { ObjectStore, type CopySource, type ObjectBody, type PutCondition } from '#libs/object-store';

/** Reports every chunk that goes in or out of a store, so that a transfer of hours shows progress. */
export class WatchedObjectStore extends ObjectStore {
  constructor(
    private readonly inner: ObjectStore,
    private readonly onChunk: () => void,
  ) {
    super();
  }

  override put(key: string, body: ObjectBody, condition: PutCondition, signal?: AbortSignal) {
    return this.inner.put(key, { ...body, open: () => this.watch(body.open()) }, condition, signal);
  }
  override copyFrom(source: CopySource, key: string, condition: PutCondition, signal?: AbortSignal) {
    return this.inner.copyFrom(source, key, condition, signal);
  }
  override head(key: string) {
    return this.inner.head(key);
  }
  override get(key: string, signal?: AbortSignal) {
    return this.watch(this.inner.get(key, signal));
  }
  override list(prefix: string, signal?: AbortSignal) {
    return this.inner.list(prefix, signal);
  }
  override remove(key: string) {
    return this.inner.remove(key);
  }
  override inspect(prefix: string, signal?: AbortSignal) {
    return this.inner.inspect(prefix, signal);
  }

  private async *watch(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      this.onChunk();
      yield chunk;
    }
  }
}
