import { setTimeout as sleep } from 'node:timers/promises';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { randomUUID } from 'node:crypto';
import { Metadata, status, type ServerWritableStream, type StatusObject } from '@grpc/grpc-js';
import type { KurrentLog, LogRecord } from './kurrentdb-log.js';

export type ReadCall = ServerWritableStream<streamsPb.ReadReq, streamsPb.ReadResp>;

const TICKS_A_MS = 10_000n;
/** Events that a filtered subscription looks at before it says how far it is, unless it is asked for another number. */
const WINDOW = 32;

/** How a version of the server follows `$all`. */
export type KurrentTemper = Readonly<{
  /**
   * The checkpoint of a filtered subscription on going live: none (23.10), at the last record seen (24.2 to 24.10, and
   * releases before 21.10.10, 22.10.4 and 23.10.0), or at the end of the log, where the next record will be (25.0.0).
   */
  liveCheckpoint: 'none' | 'seen' | 'end';
  /** Does it say `caughtUp` on going live? 23.10 and later do. */
  saysCaughtUp: boolean;
}>;

export const TEMPERS: Readonly<Record<string, KurrentTemper>> = {
  '22.10': { liveCheckpoint: 'none', saysCaughtUp: false },
  '22.10.3': { liveCheckpoint: 'seen', saysCaughtUp: false },
  '23.10': { liveCheckpoint: 'none', saysCaughtUp: true },
  '24.2': { liveCheckpoint: 'seen', saysCaughtUp: true },
  '25.0.0': { liveCheckpoint: 'end', saysCaughtUp: true },
};
const { BACKWARDS } = streamsPb.ReadReq.Options.ReadDirection;

export const nameOf = (identifier: sharedPb.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

const toEvent = (record: LogRecord): streamsPb.ReadResp => {
  const event = new streamsPb.ReadResp.ReadEvent.RecordedEvent();
  event
    .setId(new sharedPb.UUID().setString(record.id))
    .setStreamIdentifier(
      new sharedPb.StreamIdentifier().setStreamName(Buffer.from(record.stream).toString('base64')),
    )
    .setStreamRevision(record.revision)
    .setCommitPosition(record.position)
    .setPreparePosition(record.position)
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event.getMetadataMap().set('type', record.type);
  event.getMetadataMap().set('content-type', record.contentType);
  event.getMetadataMap().set('created', String(BigInt(record.createdMs) * TICKS_A_MS));
  return new streamsPb.ReadResp().setEvent(
    new streamsPb.ReadResp.ReadEvent().setEvent(event).setCommitPosition(record.position),
  );
};

const checkpointAt = (position: string): streamsPb.ReadResp =>
  new streamsPb.ReadResp().setCheckpoint(
    new streamsPb.ReadResp.Checkpoint().setCommitPosition(position).setPreparePosition(position),
  );

type Accepts = (record: LogRecord) => boolean;

const filterOf = (options: streamsPb.ReadReq.Options): Accepts => {
  const filter = options.getFilter();
  if (!filter) return () => true;
  const byType = filter.hasEventType();
  const expression = byType ? filter.getEventType() : filter.getStreamIdentifier();
  const regex = expression?.getRegex() ? new RegExp(expression.getRegex()) : undefined;
  const prefixes = expression?.getPrefixList() ?? [];
  return ({ type, stream }) => {
    const text = byType ? type : stream;
    return regex ? regex.test(text) : prefixes.some((prefix) => text.startsWith(prefix));
  };
};

/** Resolves false when the client is gone. */
const send = async (call: ReadCall, message: streamsPb.ReadResp): Promise<boolean> => {
  if (call.cancelled || call.destroyed) return false;
  if (call.write(message)) return true;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.off('drain', done).off('cancelled', done).off('close', done);
      resolve();
    };
    call.once('drain', done).once('cancelled', done).once('close', done);
  });
  return !call.cancelled;
};

const streamRecords = (
  log: KurrentLog,
  options: streamsPb.ReadReq.Options,
): readonly LogRecord[] | 'tombstoned' | undefined => {
  const stream = options.getStream()!;
  const records = log.read(nameOf(stream.getStreamIdentifier()));
  if (records === undefined || records === 'tombstoned') return records;
  const backwards = options.getReadDirection() === BACKWARDS;
  const at = stream.hasRevision() ? BigInt(stream.getRevision()) : undefined;
  if (!backwards) return records.filter(({ revision }) => BigInt(revision) >= (at ?? 0n));
  return records.filter(({ revision }) => at === undefined || BigInt(revision) <= at).reverse();
};

const allRecords = (log: KurrentLog, options: streamsPb.ReadReq.Options): readonly LogRecord[] => {
  const all = options.getAll()!;
  const at = all.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : undefined;
  const accepts = filterOf(options);
  const found: LogRecord[] = [];
  const count = Number(options.getCount());
  const forwards = options.getReadDirection() !== BACKWARDS;
  // Backwards a position is exclusive.
  let next = at === undefined ? (forwards ? 0 : log.records.length) : log.indexOf(at);
  for (let record: LogRecord | undefined; found.length < count;) {
    record = log.records[forwards ? next++ : --next];
    if (!record) break;
    if (accepts(record)) found.push(record);
  }
  return found;
};

const failed = (code: status, details: string, exception?: string): Partial<StatusObject> => {
  const metadata = new Metadata();
  if (exception !== undefined) metadata.set('exception', exception);
  // The library needs it to tell what was deleted.
  metadata.set('stream-name', 'a stream');
  return { code, details, metadata };
};

/** The server takes no position inside a record; one beyond the end it takes silently. */
const refusedPosition = (log: KurrentLog, options: streamsPb.ReadReq.Options): boolean => {
  const at = options.getAll()?.getPosition()?.getCommitPosition();
  return at !== undefined && BigInt(at) < log.nextPosition && !log.begins(BigInt(at));
};

const notFound = (options: streamsPb.ReadReq.Options): streamsPb.ReadResp =>
  new streamsPb.ReadResp().setStreamNotFound(
    new streamsPb.ReadResp.StreamNotFound().setStreamIdentifier(options.getStream()?.getStreamIdentifier()),
  );

const read = async (log: KurrentLog, call: ReadCall, options: streamsPb.ReadReq.Options): Promise<void> => {
  if (refusedPosition(log, options)) {
    call.emit('error', failed(status.UNKNOWN, 'Unexpected ReadAllResult: Error'));
    return;
  }
  const records = options.hasStream() ? streamRecords(log, options) : allRecords(log, options);
  if (records === 'tombstoned') {
    call.emit('error', failed(status.FAILED_PRECONDITION, 'Event stream is deleted.', 'stream-deleted'));
    return;
  }
  if (!records) await send(call, notFound(options));
  for (const record of records?.slice(0, Number(options.getCount())) ?? [])
    if (!(await send(call, toEvent(record)))) return;
  call.end();
};

/** What the filter hides is passed over. */
const sendAccepted = async (call: ReadCall, record: LogRecord, accepts: Accepts): Promise<boolean> =>
  !accepts(record) || send(call, toEvent(record));

/** Events between two checkpoints. */
export const windowOf = (options: streamsPb.ReadReq.Options): number => {
  const filter = options.getFilter();
  const max = filter?.getMax() ?? 0;
  return (max === 0 ? WINDOW : max) * (filter?.getCheckpointintervalmultiplier() ?? 1);
};

const goLive = async (
  log: KurrentLog,
  call: ReadCall,
  isFiltered: boolean,
  { liveCheckpoint, saysCaughtUp }: KurrentTemper,
): Promise<boolean> => {
  const last = log.records.at(-1)?.position ?? '0';
  const at = liveCheckpoint === 'end' ? log.nextPosition.toString() : last;
  const open = !isFiltered || liveCheckpoint === 'none' || (await send(call, checkpointAt(at)));
  if (!open || !saysCaughtUp) return open;
  return send(call, new streamsPb.ReadResp().setCaughtUp(new streamsPb.ReadResp.CaughtUp()));
};

/** Sends what comes after the position for ever, with a checkpoint after each window of the filter. */
const subscribe = async (
  log: KurrentLog,
  call: ReadCall,
  options: streamsPb.ReadReq.Options,
  temper: KurrentTemper,
): Promise<void> => {
  if (refusedPosition(log, options)) {
    call.emit('error', failed(status.UNKNOWN, 'Exception was thrown by handler.'));
    return;
  }
  const accepts = filterOf(options);
  const window = windowOf(options);
  const all = options.getAll()!;
  const after = all.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : -1n;
  let next = log.indexOf(after + 1n);
  let live = false;
  let looked = 0;
  const isFiltered = options.hasFilter();
  const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  let open = await send(call, new streamsPb.ReadResp().setConfirmation(confirmation));
  while (open && !call.cancelled) {
    const record = log.records[next];
    if (!record) {
      open = live || (await goLive(log, call, isFiltered, temper));
      live = true;
      await log.appended(call);
      continue;
    }
    next += 1;
    open = await sendAccepted(call, record, accepts);
    looked += 1;
    if (open && isFiltered && looked % window === 0) open = await send(call, checkpointAt(record.position));
  }
  call.end();
};

/** The Read call of the Streams service: pages of a stream or of $all, and subscriptions to $all. */
export const readCall =
  (
    log: KurrentLog,
    refusal: (call: ReadCall) => Partial<StatusObject> | undefined,
    faults: Readonly<{ delayMs: number }>,
    temper: KurrentTemper,
  ) =>
  (call: ReadCall): void => {
    call.on('error', () => undefined);
    const refused = refusal(call);
    if (refused) {
      call.emit('error', refused);
      return;
    }
    const options = call.request.getOptions()!;
    const isSubscription = options.hasSubscription();
    void sleep(faults.delayMs).then(() =>
      isSubscription ? subscribe(log, call, options, temper) : read(log, call, options),
    );
  };
