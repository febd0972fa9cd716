import {
  BEFORE_ALL,
  categoryOfStream,
  checkpointAt,
  proveCheckpoint,
  START,
  type Checkpoint,
  type Position,
} from '#libs/event-sourcing';
import { CodedError, isAborted, toCodedError } from '#libs/kernel';
import type { ApiRequest, ApiResponse, Caller } from '../edge/request.js';
import { headerOf } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { feedId, maySee, parseFeedId, toFrame } from './event-feed.js';
import { EventTail } from './event-tail.js';

const HEARTBEAT_MS = 15_000;
/** Of one membership, or of the operators. */
const FEEDS_EACH_MAX = 20;
/** Of all together: what they may cost the process. */
const FEEDS_MAX = 1_000;
/** Names no event: everything comes. */
const FROM_THE_FIRST = '0';
const BEGINNING: ReadonlySet<string> = new Set([FROM_THE_FIRST, '-1']);

type Start = Readonly<{ checkpoint: Checkpoint; reset: boolean }>;

type Feed = Readonly<{ caller: Caller; end: () => void }>;

const shareOf = ({ principal }: Caller): string => principal.memberId ?? 'operators';

/** Follows the store for browsers and scripts (server-sent events). */
export class EventHandler {
  private readonly stopping = new AbortController();
  private readonly open = new Map<Feed, Promise<void>>();
  private watching: Promise<void> | undefined;

  private readonly tail: EventTail;

  constructor(private readonly kit: Pick<Kit, 'clock' | 'keys' | 'log' | 'store' | 'streams'>) {
    this.tail = new EventTail(kit);
  }

  /** Before the HTTP server closes: it waits for every connection, and these never end by themselves. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([...this.open.values(), this.watching]);
  }

  /**
   * Sends what comes after `Last-Event-ID` (or from now on) until the client goes, its key ends or the process stops.
   */
  async follow(request: ApiRequest, response: ApiResponse, caller: Caller): Promise<void> {
    const start = await this.startOf(headerOf(request, 'last-event-id') ?? '');
    const share = shareOf(caller);
    const own = [...this.open.keys()].filter((feed) => shareOf(feed.caller) === share).length;
    if (own >= FEEDS_EACH_MAX || this.open.size >= FEEDS_MAX)
      throw new CodedError('RATE_LIMITED', 'Too many event feeds are open. Close one first.');
    const gone = new AbortController();
    const feed: Feed = {
      caller,
      end: () => {
        gone.abort();
      },
    };
    request.on('close', feed.end);
    const following = this.feed(response, { caller, start, gone: gone.signal });
    this.open.set(feed, following);
    this.watching ??= this.watch();
    try {
      // Its key may have ended before this process watched.
      if (!(await this.kit.keys.isValid(caller.principal))) feed.end();
      await following;
    } finally {
      this.open.delete(feed);
    }
  }

  /** Ends the feeds of keys that are revoked, of members that are removed, and of roles that change. */
  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    let leave: (() => void) | undefined;
    try {
      let reached = await this.kit.store.head();
      leave = this.tail.join(reached);
      while (!signal.aborted) {
        for (const event of await this.tail.next(reached, signal)) {
          reached = event.position;
          if (categoryOfStream(event.stream) === 'member') await this.endInvalid();
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      this.kit.log.warn('Event feeds are ended: their keys cannot be watched.', {
        error: toCodedError(error),
      });
      for (const { end } of this.open.keys()) end();
    } finally {
      leave?.();
      this.watching = undefined;
    }
  }

  private async endInvalid(): Promise<void> {
    for (const { caller, end } of this.open.keys()) {
      if (!(await this.kit.keys.isValid(caller.principal))) end();
    }
  }

  /** Where a feed begins. An event that this store does not have gives `reset`: what the client shows may be wrong. */
  private async startOf(lastEventId: string): Promise<Start> {
    const { store } = this.kit;
    if (BEGINNING.has(lastEventId)) return { checkpoint: BEFORE_ALL, reset: false };
    const event = parseFeedId(lastEventId);
    const proof = event && (await proveCheckpoint(store, { position: START, event }));
    if (proof?.kind === 'proved') return { checkpoint: proof.checkpoint, reset: false };
    return { checkpoint: await checkpointAt(store, await store.head()), reset: lastEventId !== '' };
  }

  private async feed(
    response: ApiResponse,
    { caller, start, gone }: Readonly<{ caller: Caller; start: Start; gone: AbortSignal }>,
  ): Promise<void> {
    const signal = AbortSignal.any([gone, this.stopping.signal]);
    this.begin(response, start);
    const heartbeat = setInterval(() => response.write(': alive\n\n'), HEARTBEAT_MS);
    heartbeat.unref();
    const after = start.checkpoint.position;
    const leave = this.tail.join(after);
    try {
      await this.pump(response, { caller, after, signal });
    } catch (error) {
      if (!signal.aborted) this.kit.log.warn('An event feed ended.', { error: toCodedError(error) });
    } finally {
      leave();
      clearInterval(heartbeat);
      response.end();
    }
  }

  private begin(response: ApiResponse, { checkpoint, reset }: Start): void {
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Accel-Buffering', 'no');
    response.status(200).flushHeaders();
    const { event } = checkpoint;
    // Also a client that breaks off before its first event goes on from here.
    response.write(`retry: 2000\nid: ${event === undefined ? FROM_THE_FIRST : feedId(event)}\n\n`);
    if (reset) response.write('event: reset\ndata: {"type":"reset","stream":""}\n\n');
  }

  private async pump(
    response: ApiResponse,
    { caller, after, signal }: Readonly<{ caller: Caller; after: Position; signal: AbortSignal }>,
  ): Promise<void> {
    for (let reached = after; !signal.aborted;) {
      for (const event of await this.tail.next(reached, signal)) {
        reached = event.position;
        if (!(await maySee(caller, event, this.kit))) continue;
        if (isAborted(signal)) return;
        if (!response.write(toFrame(event, caller))) await drained(response, signal);
      }
    }
  }
}

/** A slow reader is waited for: nothing piles up in memory. */
const drained = async (response: ApiResponse, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
