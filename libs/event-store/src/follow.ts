import { setImmediate as nextTurn } from 'node:timers/promises';
import { CodedError, isAborted } from '#libs/kernel';
import type { Position, StoredEvent, SubscribeOptions, SubscriptionItem } from '#libs/event-sourcing';

/** Wakes waiters for the next append; appends of other processes are found by polling every `pollMs`. */
export class Waker {
  private currentVersion = 0;
  private isClosed = false;
  private readonly waiting = new Set<() => void>();

  constructor(private readonly pollMs?: number) {}

  /** Counts what was woken for, so that nothing that happens between looking and waiting is missed. */
  get version(): number {
    return this.currentVersion;
  }

  get closed(): boolean {
    return this.isClosed;
  }

  wake(): void {
    this.currentVersion += 1;
    for (const resolve of [...this.waiting]) resolve();
  }

  close(): void {
    this.isClosed = true;
    this.wake();
  }

  /** Resolves when woken since `seen`, at the next poll, or when the signal aborts. */
  async wait(seen: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.isClosed || seen !== this.currentVersion) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = this.pollMs === undefined ? undefined : setTimeout(done, this.pollMs).unref();
      this.waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

/** What following needs of an adapter. */
export type Tail = Readonly<{
  waker: Waker;
  head: () => Promise<Position>;
  /** A bounded look at (after, through]: matching events, and how far it got. */
  page: (
    after: Position,
    through: Position,
    types: readonly string[] | undefined,
  ) => Promise<Readonly<{ events: readonly StoredEvent[]; through: Position }>>;
}>;

/** An older copy of the store has not got so far: what is appended to it up to there would never be delivered. */
const assertReached = async ({ head }: Tail, after: Position): Promise<void> => {
  if (after > (await head()))
    throw new CodedError('STORE_POSITION_UNKNOWN', `The event store has no event at position ${after}.`, {
      context: { position: after },
    });
};

/** Catch up, say so, wait, go on: `EventStore.subscribe` for stores in this process. */
export async function* follow(
  tail: Tail,
  { after, types, signal }: SubscribeOptions,
): AsyncGenerator<SubscriptionItem, void, undefined> {
  let reached = after;
  let announced: Position | undefined;
  await assertReached(tail, after);
  while (!signal.aborted) {
    if (tail.waker.closed) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
    const seen = tail.waker.version;
    const head = await tail.head();
    while (reached < head) {
      const page = await tail.page(reached, head, types);
      for (const event of page.events) {
        if (isAborted(signal)) return;
        yield { kind: 'event', event };
      }
      reached = page.through;
      // Reading is synchronous underneath: give timers and sockets a turn, and see an abort.
      await nextTurn();
      if (isAborted(signal)) return;
    }
    if (announced === undefined || reached > announced) {
      announced = reached;
      yield { kind: 'caught-up', position: reached };
    }
    await tail.waker.wait(seen, signal);
  }
}
