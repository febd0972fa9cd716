import { setTimeout as sleep } from 'node:timers/promises';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { randomUUID } from 'node:crypto';
import type { ServerWritableStream, StatusObject } from '@grpc/grpc-js';
import type { KurrentLog, LogRecord } from './kurrentdb-log.js';

export type ReadCall = ServerWritableStream<streamsPb.ReadReq, streamsPb.ReadResp>;

const TICKS_A_MS = 10_000n;
const WINDOW = 32;
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
): readonly LogRecord[] | undefined => {
  const stream = options.getStream()!;
  const records = log.read(nameOf(stream.getStreamIdentifier()));
  if (!records || records === 'tombstoned') return undefined;
  const backwards = options.getReadDirection() === BACKWARDS;
  if (!backwards) return records.slice(stream.hasRevision() ? Number(stream.getRevision()) : 0);
  const last = stream.hasRevision() ? BigInt(stream.getRevision()) : BigInt(records.length);
  return records.filter(({ revision }) => BigInt(revision) <= last).reverse();
};

const allRecords = (log: KurrentLog, options: streamsPb.ReadReq.Options): readonly LogRecord[] => {
  const all = options.getAll()!;
  const at = all.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : undefined;
  const count = Number(options.getCount());
  if (options.getReadDirection() !== BACKWARDS) {
    const first = at === undefined ? 0 : log.indexOf(at);
    return log.records.slice(first, first + count);
  }
  // Backwards a position is exclusive.
  const end = at === undefined ? log.records.length : log.indexOf(at);
  return log.records.slice(Math.max(0, end - count), end).reverse();
};

const notFound = (options: streamsPb.ReadReq.Options): streamsPb.ReadResp =>
  new streamsPb.ReadResp().setStreamNotFound(
    new streamsPb.ReadResp.StreamNotFound().setStreamIdentifier(options.getStream()?.getStreamIdentifier()),
  );

const read = async (log: KurrentLog, call: ReadCall, options: streamsPb.ReadReq.Options): Promise<void> => {
  const records = options.hasStream() ? streamRecords(log, options) : allRecords(log, options);
  if (!records) await send(call, notFound(options));
  for (const record of records?.slice(0, Number(options.getCount())) ?? [])
    if (!(await send(call, toEvent(record)))) return;
  call.end();
};

/** Sends what comes after the position for ever, with a checkpoint after each window of the filter. */
const subscribe = async (
  log: KurrentLog,
  call: ReadCall,
  options: streamsPb.ReadReq.Options,
): Promise<void> => {
  const accepts = filterOf(options);
  const all = options.getAll()!;
  const after = all.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : -1n;
  let next = log.indexOf(after + 1n);
  let live = false;
  const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  let open = await send(call, new streamsPb.ReadResp().setConfirmation(confirmation));
  while (open && !call.cancelled) {
    const record = log.records[next];
    if (!record) {
      if (!live)
        open = await send(call, new streamsPb.ReadResp().setCaughtUp(new streamsPb.ReadResp.CaughtUp()));
      live = true;
      await log.appended(call);
      continue;
    }
    next += 1;
    if (accepts(record)) open = await send(call, toEvent(record));
    if (open && options.hasFilter() && next % WINDOW === 0)
      open = await send(call, checkpointAt(record.position));
  }
  call.end();
};

/** The Read call of the Streams service: pages of a stream or of $all, and subscriptions to $all. */
export const readCall =
  (
    log: KurrentLog,
    refusal: (call: ReadCall) => Partial<StatusObject> | undefined,
    faults: Readonly<{ delayMs: number }>,
  ) =>
  (call: ReadCall): void => {
    call.on('error', () => undefined);
    const refused = refusal(call);
    if (refused) {
      call.emit('error', refused);
      return;
    }
    const options = call.request.getOptions()!;
    const work = options.hasSubscription() ? subscribe : read;
    void sleep(faults.delayMs).then(() => work(log, call, options));
  };
