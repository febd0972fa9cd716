import { setMaxListeners } from 'node:events';
import { createRequire } from 'node:module';
import { EventStoreDBClient, jsonEvent, type Credentials, type EventData } from '@eventstore/db-client';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpcPb from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { Readable } from 'node:stream';
import { CodedError, isCodedError } from '#libs/kernel';
import { persist } from '../persist.js';
import { isPassing, toCoded, toCodedAppend } from './eventstoredb-errors.js';
import { SPEAKS_TLS, speaksTls, withoutIpNames } from './eventstoredb-tls.js';
import { parseEventStoreUrl, type EventStoreDbUrl } from '../eventstoredb-url.js';
import type { ExpectedRevision, NewEvent } from '#libs/event-sourcing';

/*
 * The one file that imports the client library (ADR 0059). Reads and subscriptions use its generated stubs: its own
 * `readAll` sends no filter.
 */

export type EventStoreDbOptions = Readonly<{
  /** `esdb://user:password@host:2113?tls=true&tlsCAFile=...`, see `parseEventStoreUrl`. */
  url: string;
  /** How long a call is tried again while the server can't be reached, in ms; default 10 s. */
  unavailableMaxMs?: number;
  /** How long one call may be silent, in ms; default 5 s. Subscriptions may be silent for ever. */
  callMaxMs?: number;
}>;

/** A running read: an object stream of `streamsPb.ReadResp`. */
export type ReadCall = Readable & Readonly<{ cancel: () => void }>;

/** The messages of the protocol, for the file that builds and reads them. */
export { sharedPb, streamsPb };

type Internals = {
  GRPCStreamCreator: (
    service: unknown,
    name: string,
    create: (client: streamsGrpcPb.StreamsClient) => Readable,
  ) => () => Promise<ReadCall>;
  callArguments: (base: object, options: object) => [never, never];
  getChannel: () => Promise<{ close: () => void }>;
};

type Grpc = { credentials: { createSsl: (...args: unknown[]) => object } };
const libraryRequire = createRequire(createRequire(import.meta.url).resolve('@eventstore/db-client'));

/** The library takes no credentials made elsewhere: those that it makes meanwhile name no IP address. */
const makingOwnCredentials = <T>(make: () => T): T => {
  const { credentials } = libraryRequire('@grpc/grpc-js') as Grpc;
  const { createSsl } = credentials;
  credentials.createSsl = (...args) => withoutIpNames(createSsl(...args));
  try {
    return make();
  } finally {
    credentials.createSsl = createSsl;
  }
};

const toSdk = (url: EventStoreDbUrl): EventStoreDBClient => {
  const { hosts, isDiscover, connectionName } = url;
  const settings = { ...url.numbers, ...(connectionName === undefined ? {} : { connectionName }) };
  const [host] = hosts as [EventStoreDbUrl['hosts'][number]];
  const tls = {
    insecure: !url.isTls,
    ...(url.ca ? { rootCertificate: url.ca } : {}),
    ...(url.client ? { userCertFile: url.client.cert, userKeyFile: url.client.key } : {}),
  };
  return makingOwnCredentials(() => {
    if (hosts.length > 1)
      return new EventStoreDBClient({ ...settings, endpoints: [...hosts] }, tls, url.login);
    if (isDiscover) return new EventStoreDBClient({ ...settings, discover: host }, tls, url.login);
    return new EventStoreDBClient({ ...settings, endpoint: host }, tls, url.login);
  });
};

const toSdkEvent = ({ id, type, data, metadata }: NewEvent): EventData =>
  jsonEvent({ id, type, data: data as never, metadata: metadata as never });

/**
 * The one client of the process. The library keeps the appends that wait in one table for all clients and has no
 * deadline for batch appends. Calls with their own credentials use the unary append, which has neither problem. Appends,
 * reads and subscriptions all ask for the leader: what was appended a moment ago is there.
 */
export class EventStoreDbClient {
  private readonly closing = new AbortController();
  private readonly sdk: EventStoreDBClient;
  private readonly credentials: Credentials;
  private hasWorked = false;
  private breaks = 0;

  private constructor(
    private readonly url: EventStoreDbUrl,
    /** How long one call may be silent, in ms. */
    readonly callMaxMs: number,
    private readonly unavailableMaxMs: number,
  ) {
    // One listener for each read that waits: as many as there are.
    setMaxListeners(0, this.closing.signal);
    this.sdk = toSdk(url);
    // Without TLS the library sends none; giving some keeps it from the batch append all the same.
    this.credentials = url.login ?? { username: '', password: '' };
  }

  /** Throws CONFIG_INVALID for an invalid URL. Connects with the first call. */
  static open({
    url,
    unavailableMaxMs = 10_000,
    callMaxMs = 5_000,
  }: EventStoreDbOptions): EventStoreDbClient {
    return new EventStoreDbClient(parseEventStoreUrl(url), callMaxMs, unavailableMaxMs);
  }

  /** Aborted by `close`. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** How many calls and subscriptions were broken off: another store may answer after each. */
  get links(): number {
    return this.breaks;
  }

  /** Where the server is, for messages. */
  get at(): string {
    return this.url.at;
  }

  /** The same ids again after a failure: an append may be committed although its answer never came. */
  async append(
    stream: string,
    events: readonly NewEvent[],
    expectedRevision: ExpectedRevision,
  ): Promise<Readonly<{ revision: bigint; position: bigint | undefined }>> {
    const batch = events.map(toSdkEvent);
    const { credentials, callMaxMs: deadline } = this;
    const options = { credentials, deadline, requiresLeader: true, expectedRevision };
    const attempt = async () => this.sdk.appendToStream(stream, batch, options);
    const { nextExpectedRevision: revision, position } = await this.persist(attempt, toCodedAppend);
    return { revision, position: position?.commit };
  }

  /** Opens a read or a subscription. Rejects, or fails later, uncoded. */
  async open(request: streamsPb.ReadReq): Promise<ReadCall> {
    const { GRPCStreamCreator, callArguments } = this.sdk as unknown as Internals;
    const base = { credentials: this.credentials, requiresLeader: true };
    return GRPCStreamCreator(streamsGrpcPb.StreamsClient, 'read', (client) =>
      client.read(request, ...callArguments(base, { deadline: Infinity })),
    )();
  }

  /** Tries again while the server can't be reached. Rejects coded. */
  async persist<T>(attempt: () => Promise<T>, coded: typeof toCoded = toCoded): Promise<T> {
    const { unavailableMaxMs, at } = this;
    const closing = this.closing.signal;
    if (closing.aborted) throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
    const rules = { unavailableMaxMs, isPassing, toCoded: (error: unknown) => coded(error, at), closing };
    return persist(rules, async () => {
      try {
        const result = await attempt();
        this.hasWorked = true;
        return result;
      } catch (error) {
        throw await this.diagnosed(error);
      }
    });
  }

  /** Throws `error`, coded, unless it may pass and has lasted for less than `unavailableMaxMs`. */
  assertPassing(error: unknown, lastedMs: number): void {
    this.breaks += 1;
    const coded = toCoded(error, this.at);
    const mayPass = coded.code === 'STORE_UNAVAILABLE' && isPassing(coded.cause);
    if (!mayPass || lastedMs > this.unavailableMaxMs) throw coded;
  }

  async close(): Promise<void> {
    if (this.closed.aborted) return;
    this.closing.abort();
    await this.sdk.dispose();
    // `dispose` ends the calls and leaves the connection, which would keep the process alive.
    const { getChannel } = this.sdk as unknown as Internals;
    await getChannel().then(
      (channel) => {
        channel.close();
      },
      () => undefined,
    );
  }

  /** A client without TLS learns only that its connection breaks: before it ever worked, ask whether TLS would. */
  private async diagnosed(error: unknown): Promise<unknown> {
    if (isPassing(error)) this.breaks += 1;
    if (this.hasWorked || this.url.isTls || isCodedError(error) || !isPassing(error)) return error;
    const [host] = this.url.hosts;
    if (host === undefined || !(await speaksTls(host))) return error;
    return new CodedError('STORE_TLS_FAILED', `The event store at ${this.at}: ${SPEAKS_TLS}.`, {
      cause: error,
    });
  }
}
