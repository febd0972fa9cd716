import type { Position } from '#libs/event-sourcing';
import { CodedError, toCodedError } from '#libs/kernel';
import type { ApiRequest, ApiResponse, Caller } from '../edge/request.js';
import { headerOf } from '../edge/request.js';
import type { Kit } from '../kit.js';
import { maySee, toFrame } from './event-feed.js';

const HEARTBEAT_MS = 15_000;
const FEEDS_MAX = 200;

/** Follows the store for browsers and scripts (server-sent events). */
export class EventHandler {
  private readonly stopping = new AbortController();
  private readonly open = new Set<Promise<void>>();

  constructor(private readonly kit: Pick<Kit, 'log' | 'store' | 'streams'>) {}

  /** Before the HTTP server closes: it waits for every connection, and these never end by themselves. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.open);
  }

  /** Sends what comes after `Last-Event-ID` (or from now on) until the client goes or the process stops. */
  async follow(request: ApiRequest, response: ApiResponse, caller: Caller): Promise<void> {
    if (this.open.size >= FEEDS_MAX) throw new CodedError('RATE_LIMITED', 'Too many event feeds are open.');
    const after = await this.startOf(headerOf(request, 'last-event-id'));
    const feed = this.feed(request, response, { caller, after });
    this.open.add(feed);
    try {
      await feed;
    } finally {
      this.open.delete(feed);
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
    request: ApiRequest,
    response: ApiResponse,
    { caller, after }: Readonly<{ caller: Caller; after: Position }>,
  ): Promise<void> {
    const gone = new AbortController();
    request.on('close', () => {
      gone.abort();
    });
    const signal = AbortSignal.any([gone.signal, this.stopping.signal]);
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
      if (!response.write(toFrame(item.event))) await drained(response, signal);
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
