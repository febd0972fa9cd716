import { CodedError } from '#libs/kernel';
import type { Position } from '#libs/event-sourcing';
import { sharedPb, streamsPb, type EventStoreDbClient } from './eventstoredb-client.js';
import { isRefusedPosition } from './eventstoredb-errors.js';
import { Incoming } from './eventstoredb-incoming.js';

/** What is read: a stream, or everything. Positions and revisions are inclusive; a subscription's is exclusive. */
export type ReadRequest = Readonly<{
  stream?: string;
  from: 'start' | 'end' | bigint;
  direction?: 'forwards' | 'backwards';
  /** How many events; left out, it is a subscription. */
  count?: number;
  /** Of everything only the streams whose names begin so, or match. */
  streams?: readonly string[] | RegExp;
}>;

/** How many events a filter may look at before the server says how far it is: few answers over much that is hidden. */
export const SEARCH_WINDOW = 10_000;

/** An event as the server sends it. `stream` is the server's name. Data and metadata are bytes, JSON if it is ours. */
export type Recorded = Readonly<{
  stream: string;
  revision: bigint;
  position: Position;
  id: string;
  type: string;
  data: Uint8Array;
  metadata: Uint8Array;
}>;

/** What a read or subscription brings. A checkpoint proves only what lies strictly before it. */
export type ServerItem =
  | Readonly<{ kind: 'event'; event: Recorded }>
  | Readonly<{ kind: 'checkpoint'; position: Position }>
  | Readonly<{ kind: 'caught-up' | 'fell-behind' | 'no-stream' | 'other' }>;

const allOf = (from: ReadRequest['from']): streamsPb.ReadReq.Options.AllOptions => {
  const all = new streamsPb.ReadReq.Options.AllOptions();
  if (from === 'start') return all.setStart(new sharedPb.Empty());
  if (from === 'end') return all.setEnd(new sharedPb.Empty());
  const position = new streamsPb.ReadReq.Options.Position();
  return all.setPosition(position.setCommitPosition(String(from)).setPreparePosition(String(from)));
};

const streamOf = (name: string, from: ReadRequest['from']): streamsPb.ReadReq.Options.StreamOptions => {
  const stream = new streamsPb.ReadReq.Options.StreamOptions();
  const identifier = new sharedPb.StreamIdentifier();
  stream.setStreamIdentifier(identifier.setStreamName(Buffer.from(name).toString('base64')));
  if (from === 'start') return stream.setStart(new sharedPb.Empty());
  return from === 'end' ? stream.setEnd(new sharedPb.Empty()) : stream.setRevision(String(from));
};

const filterOf = (streams: readonly string[] | RegExp): streamsPb.ReadReq.Options.FilterOptions => {
  const expression = new streamsPb.ReadReq.Options.FilterOptions.Expression();
  if (streams instanceof RegExp) expression.setRegex(streams.source);
  else expression.setPrefixList([...streams]);
  const filter = new streamsPb.ReadReq.Options.FilterOptions().setStreamIdentifier(expression);
  return filter.setMax(SEARCH_WINDOW).setCheckpointintervalmultiplier(1);
};

const toRequest = ({ stream, from, direction, count, streams }: ReadRequest): streamsPb.ReadReq => {
  const options = new streamsPb.ReadReq.Options();
  if (stream === undefined) options.setAll(allOf(from));
  else options.setStream(streamOf(stream, from));
  const { BACKWARDS, FORWARDS } = streamsPb.ReadReq.Options.ReadDirection;
  options.setReadDirection(direction === 'backwards' ? BACKWARDS : FORWARDS);
  options.setUuidOption(new streamsPb.ReadReq.Options.UUIDOption().setString(new sharedPb.Empty()));
  if (streams === undefined) options.setNoFilter(new sharedPb.Empty());
  else options.setFilter(filterOf(streams));
  if (count === undefined) options.setSubscription(new streamsPb.ReadReq.Options.SubscriptionOptions());
  else options.setCount(String(count));
  return new streamsPb.ReadReq().setOptions(options);
};

const uuidOf = (id: sharedPb.UUID | undefined): string => id?.getString() ?? '';

const toRecorded = (event: streamsPb.ReadResp.ReadEvent.RecordedEvent): Recorded => ({
  stream: Buffer.from(event.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8'),
  revision: BigInt(event.getStreamRevision()),
  position: BigInt(event.getCommitPosition()),
  id: uuidOf(event.getId()),
  type: event.getMetadataMap().get('type') ?? '',
  data: event.getData_asU8(),
  metadata: event.getCustomMetadata_asU8(),
});

const toItem = (answer: streamsPb.ReadResp): ServerItem => {
  const event = answer.getEvent()?.getEvent();
  if (event) return { kind: 'event', event: toRecorded(event) };
  const checkpoint = answer.getCheckpoint();
  if (checkpoint) return { kind: 'checkpoint', position: BigInt(checkpoint.getCommitPosition()) };
  if (answer.hasCaughtUp()) return { kind: 'caught-up' };
  if (answer.hasFellBehind()) return { kind: 'fell-behind' };
  return { kind: answer.hasStreamNotFound() ? 'no-stream' : 'other' };
};

/** Begins a read or a subscription. Rejects, or fails later, uncoded. */
export const openRead = async (
  client: EventStoreDbClient,
  request: ReadRequest,
): Promise<Incoming<ServerItem>> =>
  new Incoming(await client.open(toRequest(request)), (answer) => toItem(answer as streamsPb.ReadResp));

/** How long a server may search what a filter hides before it finds something, in ms. */
const SEARCH_MAX_MS = 120_000;

/** Throws STORE_UNAVAILABLE unless the server was only searching: then another read is answered meanwhile. */
const assertSearching = async (
  client: EventStoreDbClient,
  { streams }: ReadRequest,
  silentMs: number,
): Promise<void> => {
  if (streams === undefined || silentMs > SEARCH_MAX_MS)
    throw new CodedError('STORE_UNAVAILABLE', `The event store at ${client.at} did not answer in time.`, {
      cause: 'silence',
    });
  await assertAnswers(client);
};

/** One read that costs the server nothing. */
const assertAnswers = async (client: EventStoreDbClient): Promise<void> => {
  const events = readEvents(client, NEWEST);
  await events.next();
  await events.return();
};

/** The newest record of all, whoever wrote it. */
export const NEWEST: ReadRequest = { from: 'end', direction: 'backwards', count: 1 };

/**
 * The events of a bounded read as they come, tried once. Rejects uncoded, or with STORE_UNAVAILABLE when the server is
 * silent for longer than a call may be.
 */
export async function* readEvents(
  client: EventStoreDbClient,
  request: ReadRequest,
): AsyncGenerator<Recorded, void, undefined> {
  let silentMs = 0;
  const incoming = await openRead(client, request);
  try {
    while (!client.closed.aborted) {
      const item = incoming.take();
      if (item) silentMs = 0;
      if (item?.kind === 'event') yield item.event;
      else if (item) continue;
      else if (incoming.ended) return;
      else if (!(await incoming.wait(client.callMaxMs, client.closed)))
        await assertSearching(client, request, (silentMs += client.callMaxMs));
    }
    throw new CodedError('STORE_UNAVAILABLE', 'The event store was closed.');
  } finally {
    incoming.end();
  }
}

/** All events of a bounded read, tried again like any call. Rejects coded. */
export const collectEvents = async (
  client: EventStoreDbClient,
  request: ReadRequest,
): Promise<readonly Recorded[]> =>
  client.persist(async () => {
    const found: Recorded[] = [];
    for await (const event of readEvents(client, request)) found.push(event);
    return found;
  });

/** The record that begins at exactly this position; `undefined` also where the server refuses the position. */
export const recordAt = async (
  client: EventStoreDbClient,
  position: Position,
): Promise<Recorded | undefined> =>
  client.persist(async () => {
    try {
      for await (const event of readEvents(client, { from: position, count: 1 }))
        return event.position === position ? event : undefined;
      return undefined;
    } catch (error) {
      if (!isRefusedPosition(error)) throw error;
      // Refused, or unwell: then this fails as well.
      await assertAnswers(client);
      return undefined;
    }
  });

/** STORE_POSITION_UNKNOWN. */
export const positionUnknown = (client: EventStoreDbClient, position: Position): CodedError =>
  new CodedError(
    'STORE_POSITION_UNKNOWN',
    `The event store at ${client.at} has no event at position ${position}.`,
    { context: { position } },
  );
