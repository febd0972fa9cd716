import {
  EventStoreDBClient,
  ErrorType,
  isCommandError,
  MaxAppendSizeExceededError,
  WrongExpectedVersionError,
  type Credentials,
  type StreamingRead,
} from '@eventstore/db-client';
import { CodedError, isCodedError } from '#libs/kernel';
import { persist } from '../persist.js';

/*
 * The one file that imports the client library: the adapter takes from here what it needs (ADR 0059).
 */
export {
  END,
  jsonEvent,
  START as FROM_START,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
export type {
  AllStreamRecordedEvent,
  AllStreamSubscription,
  AppendExpectedRevision,
  JSONType,
  ReadRevision,
  RecordedEvent,
} from '@eventstore/db-client';

export type EventStoreDbOptions = Readonly<{
  /** `esdb://user:password@host:2113?tls=true&tlsCAFile=...`, or `esdb+discover://` for a cluster. */
  url: string;
  /** How long a call is tried again while the server can't be reached, in ms; default 10 s. */
  unavailableMaxMs?: number;
  /** How long one call may take, in ms; default 5 s. Subscriptions have no end. */
  callMaxMs?: number;
}>;

/** What every call is made with. */
export type CallOptions = Readonly<{ credentials: Credentials; deadline: number; requiresLeader: boolean }>;

const PASSING: ReadonlySet<string> = new Set([
  ErrorType.TIMEOUT,
  ErrorType.DEADLINE_EXCEEDED,
  ErrorType.UNAVAILABLE,
  ErrorType.CANCELLED,
  ErrorType.UNKNOWN,
  ErrorType.NOT_LEADER,
]);

/** What the server answered, if it is an answer. */
const typeOf = (error: unknown): string | undefined =>
  error instanceof Error && isCommandError(error) ? error.type : undefined;

/** Failures without an answer from the server (a closed channel, a broken connection) are transient too. */
const isPassing = (error: unknown): boolean => PASSING.has(typeOf(error) ?? ErrorType.UNAVAILABLE);

const toCoded = (error: unknown): CodedError => {
  if (isCodedError(error)) return error;
  const type = typeOf(error);
  if (error instanceof WrongExpectedVersionError)
    return new CodedError('REVISION_CONFLICT', 'Something else appended to the stream.', { cause: error });
  if (error instanceof MaxAppendSizeExceededError)
    return new CodedError('EVENT_TOO_LARGE', 'The append is larger than EventStoreDB accepts.', {
      cause: error,
    });
  const reason = error instanceof Error ? error.message : String(error);
  return new CodedError('STORE_UNAVAILABLE', `EventStoreDB did not answer: ${reason}.`, {
    cause: error,
    context: { eventStoreDb: type ?? 'link' },
  });
};

const invalid = (why: string, cause?: unknown): CodedError =>
  new CodedError('CONFIG_INVALID', `The URL of EventStoreDB ${why}.`, cause === undefined ? {} : { cause });

/** The client forces TLS unless told otherwise, and never sends a password in clear text. */
const credentialsOf = (url: string): Credentials => {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    throw invalid('is none', cause);
  }
  const [username, password] = [parsed.username, parsed.password].map(decodeURIComponent) as [string, string];
  if (username === '' && parsed.searchParams.get('tls') !== 'false')
    throw invalid('has no user and password, which a server with TLS requires');
  // Without TLS the client sends none; giving some keeps it from the batch append all the same.
  return { username, password };
};

/**
 * The one client of the process. The library keeps the appends that wait in one table for all clients and has no
 * deadline for batch appends. Calls with their own credentials use the unary append, which has neither problem.
 */
export class EventStoreDbClient {
  private readonly closing = new AbortController();
  readonly call: CallOptions;

  private constructor(
    readonly sdk: EventStoreDBClient,
    credentials: Credentials,
    callMaxMs: number,
    private readonly unavailableMaxMs: number,
  ) {
    // Reads at the leader: what was appended a moment ago is there.
    this.call = { credentials, deadline: callMaxMs, requiresLeader: true };
  }

  /** Throws CONFIG_INVALID for an invalid URL. Connects with the first call. */
  static open({
    url,
    unavailableMaxMs = 10_000,
    callMaxMs = 5_000,
  }: EventStoreDbOptions): EventStoreDbClient {
    const credentials = credentialsOf(url);
    try {
      const sdk = EventStoreDBClient.connectionString(url);
      return new EventStoreDbClient(sdk, credentials, callMaxMs, unavailableMaxMs);
    } catch (cause) {
      throw invalid('is not understood', cause);
    }
  }

  get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Tries again while the server can't be reached. Rejects coded. */
  async persist<T>(attempt: () => Promise<T>): Promise<T> {
    const { unavailableMaxMs } = this;
    const closing = this.closing.signal;
    if (closing.aborted) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
    return persist({ unavailableMaxMs, isPassing, toCoded, closing }, attempt);
  }

  /** All of a bounded read, tried again like any call. The library gives reads no deadline: this does. */
  async collect<T>(read: () => StreamingRead<T>): Promise<readonly T[]> {
    return this.persist(async () => {
      const stream = read();
      const timer = setTimeout(() => {
        stream.destroy(new CodedError('STORE_UNAVAILABLE', 'No answer in time.', { cause: 'silence' }));
        void stream.cancel().catch(() => undefined);
      }, this.call.deadline);
      try {
        const found: T[] = [];
        for await (const item of stream) found.push(item);
        return found;
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Throws `error`, coded, unless it may pass and has lasted for less than `unavailableMaxMs`. */
  assertPassing(error: unknown, lastedMs: number): void {
    const cause = isCodedError(error) ? (error.cause ?? error) : error;
    if (!isPassing(cause) || lastedMs > this.unavailableMaxMs) throw toCoded(error);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closing.abort();
    await this.sdk.dispose();
    // `dispose` ends the calls and leaves the connection, which would keep the process alive.
    const { getChannel } = this.sdk as unknown as { getChannel: () => Promise<{ close: () => void }> };
    await getChannel().then(
      (channel) => {
        channel.close();
      },
      () => undefined,
    );
  }
}
