import { categoryOfStream, type Position } from '#libs/event-sourcing';
import { CodedError, toCodedError } from '#libs/kernel';
import type { ApiRequest, ApiResponse, Caller } from '../edge/request.js';
import { headerOf } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { maySee, toFrame } from './event-feed.js';

const HEARTBEAT_MS = 15_000;
/** Of one membership, or of the operators. */
const FEEDS_EACH_MAX = 20;
/** Of all together: what they may cost the process. */
const FEEDS_MAX = 1_000;

type Feed = Readonly<{ caller: Caller; end: () => void }>;

const shareOf = ({ principal }: Caller): string => principal.memberId ?? 'operators';

/** Follows the store for browsers and scripts (server-sent events). */
export class EventHandler {
  private readonly stopping = new AbortController();
  private readonly open = new Map<Feed, Promise<void>>();
  private watching: Promise<void> | undefined;

  constructor(private readonly kit: Pick<Kit, 'keys' | 'log' | 'store' | 'streams'>) {}

  /** Before the HTTP server closes: it waits for every connection, and these never end by themselves. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled([...this.open.values(), this.watching]);
  }

  /**
   * Sends what comes after `Last-Event-ID` (or from now on) until the client goes, its key ends or the process stops.
   */
  async follow(request: ApiRequest, response: ApiResponse, caller: Caller): Promise<void> {
    const after = await this.startOf(headerOf(request, 'last-event-id'));
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
    const following = this.feed(response, { caller, after, gone: gone.signal });
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
    try {
      for await (const item of this.kit.store.subscribe({ after: await this.kit.store.head(), signal })) {
        if (item.kind === 'event' && categoryOfStream(item.event.stream) === 'member')
          await this.endInvalid();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.kit.log.warn('Event feeds are ended: their keys cannot be watched.', {
        error: toCodedError(error),
      });
      for (const { end } of this.open.keys()) end();
    } finally {
      this.watching = undefined;
    }
  }

  private async endInvalid(): Promise<void> {
    for (const { caller, end } of this.open.keys()) {
      if (!(await this.kit.keys.isValid(caller.principal))) end();
    }
  }

  private async startOf(lastEventId: string | undefined): Promise<Position> {
    if (lastEventId === undefined || lastEventId === '') return this.kit.store.head();
    if (!/^-?\d{1,19}$/.test(lastEventId)) {
      throw new CodedError('INPUT_INVALID', 'Last-Event-ID: a position is expected.');
    }
    return BigInt(lastEventId);
  }

  private async feed(
    response: ApiResponse,
    { caller, after, gone }: Readonly<{ caller: Caller; after: Position; gone: AbortSignal }>,
  ): Promise<void> {
    const signal = AbortSignal.any([gone, this.stopping.signal]);
    this.begin(response, after);
    const heartbeat = setInterval(() => response.write(': alive\n\n'), HEARTBEAT_MS);
    heartbeat.unref();
    try {
      await this.pump(response, { caller, after, signal });
    } catch (error) {
      if (!signal.aborted) this.kit.log.warn('An event feed ended.', { error: toCodedError(error) });
    } finally {
      clearInterval(heartbeat);
      response.end();
    }
  }

  private begin(response: ApiResponse, after: Position): void {
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('X-Accel-Buffering', 'no');
    response.status(200).flushHeaders();
    // Also a client that breaks off before its first event goes on from here.
    response.write(`retry: 2000\nid: ${after}\n\n`);
  }

  private async pump(
    response: ApiResponse,
    { caller, after, signal }: Readonly<{ caller: Caller; after: Position; signal: AbortSignal }>,
  ): Promise<void> {
    for await (const item of this.kit.store.subscribe({ after, signal })) {
      if (item.kind !== 'event' || !(await maySee(caller, item.event, this.kit))) continue;
      if (signal.aborted) return;
      if (!response.write(toFrame(item.event, caller))) await drained(response, signal);
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
