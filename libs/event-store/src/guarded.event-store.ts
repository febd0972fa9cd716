import {
  EventStore,
  type AppendResult,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadOptions,
  type StoredEvent,
  type SubscribeOptions,
  type SubscriptionItem,
} from '#libs/event-sourcing';
import { CodedError, hasCode } from '#libs/kernel';
import type { StoreGuard } from './store-guard.js';

/** `work`: nothing is done on an older copy. `view`: it may be read there, as read models and the API do. */
export type GuardedUse = 'work' | 'view';

/** The EventStore port with a guard before every call: see StoreGuard. */
export class GuardedEventStore extends EventStore {
  constructor(
    private readonly inner: EventStore,
    private readonly guard: StoreGuard,
    private readonly use: GuardedUse,
  ) {
    super();
  }

  override get links(): number {
    return this.inner.links;
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<AppendResult> {
    const result = await this.guarded(() => this.inner.append(stream, events, expected), 'work');
    const last = events.at(-1);
    if (last) this.guard.saw({ stream, id: last.id, ...result });
    return result;
  }

  async *readStream(stream: string, options?: ReadOptions): AsyncIterable<StoredEvent> {
    await this.assertOurs(this.use);
    try {
      yield* this.inner.readStream(stream, options);
    } catch (error) {
      throw this.doubted(error);
    }
  }

  async readAll(
    after: Position,
    limit: number,
    without?: readonly string[],
  ): Promise<readonly StoredEvent[]> {
    return this.guarded(() => this.inner.readAll(after, limit, without));
  }

  async *subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionItem> {
    await this.assertOurs(this.use);
    const { generation } = this.guard;
    try {
      for await (const item of this.inner.subscribe(options)) {
        await this.assertOurs(this.use);
        if (this.guard.generation !== generation)
          throw new CodedError('STORE_REWOUND', 'The store was exchanged for an older copy of itself.');
        if (item.kind === 'event') this.guard.saw(item.event);
        yield item;
      }
    } catch (error) {
      throw this.doubted(error);
    }
  }

  async eventAt(position: Position): Promise<StoredEvent | undefined> {
    return this.guarded(() => this.inner.eventAt(position));
  }

  async head(): Promise<Position> {
    return this.guarded(() => this.inner.head());
  }

  async importMark(): Promise<string | undefined> {
    return this.inner.importMark();
  }

  async markImport(mark: string | undefined): Promise<void> {
    await this.inner.markImport(mark);
  }

  async close(): Promise<void> {
    await this.inner.close();
  }

  private async guarded<T>(call: () => Promise<T>, use = this.use): Promise<T> {
    await this.assertOurs(use);
    try {
      return await call();
    } catch (error) {
      throw this.doubted(error);
    }
  }

  private async assertOurs(use: GuardedUse): Promise<void> {
    const problem = await this.guard.problem();
    if (problem !== undefined && (use === 'work' || problem.code !== 'STORE_REWOUND')) throw problem;
  }

  private doubted(error: unknown): unknown {
    if (hasCode(error, 'STORE_UNAVAILABLE')) this.guard.doubt();
    return error;
  }
}
