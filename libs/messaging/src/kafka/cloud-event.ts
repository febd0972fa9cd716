import { z } from 'zod';
import type { StoredEvent } from '#libs/event-sourcing';
import { beyondJsonBounds, CodedError } from '#libs/kernel';
import type { EventMessage } from '../event-message.js';
import { toEventMessage } from '../event-message.js';
import type { TopicRecord } from './topic-record.js';

const decimal = z.string().regex(/^-?\d{1,20}$/);
const name = z.string().min(1).max(300);

/** Headers of a committed event in CloudEvents' binary mode, without their `ce_`. */
export const attributesSchema = z.object({
  specversion: z.literal('1.0'),
  id: name,
  type: name,
  source: name,
  subject: z.string().regex(/^[a-z]+-.+$/),
  time: z.iso.datetime({ precision: 3 }),
  correlationid: name,
  causationid: name.exactOptional(),
  actor: name,
  schemaversion: z.string().regex(/^\d{1,9}$/),
  position: decimal,
  revision: decimal,
});

/** A committed event as a Kafka record of its topic. */
export type OutgoingRecord = Readonly<{ key: string; value: Buffer; headers: Record<string, string> }>;

export const toRecordParts = (event: StoredEvent, source: string, key: string): OutgoingRecord => {
  const { id, type, stream, revision, position, data, metadata } = event;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: source,
    ce_subject: stream,
    ce_time: metadata.at,
    ce_correlationid: metadata.correlationId,
    ce_actor: metadata.actor,
    ce_schemaversion: String(metadata.schemaVersion),
    ce_position: position.toString(),
    ce_revision: revision.toString(),
  };
  if (metadata.causationId !== undefined) headers['ce_causationid'] = metadata.causationId;
  return { key, value: Buffer.from(JSON.stringify(data)), headers };
};

const parseJson = (value: Buffer | null): unknown => {
  // `fatal`: bytes that are not UTF-8 are not guessed at.
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value ?? new Uint8Array()));
};

/** A committed event as it came over Kafka, and the message consumers are handed. */
export type CommittedMessage = Readonly<{ event: StoredEvent; message: EventMessage }>;

/** Reads a committed event. Anything else is MESSAGE_MALFORMED, and never another error. */
export const readCommitted = (record: TopicRecord): CommittedMessage => {
  const attributes = Object.fromEntries(
    Object.entries(record.headers)
      .filter(([header]) => header.startsWith('ce_'))
      .map(([header, value]) => [header.slice('ce_'.length), value]),
  );
  const parsed = attributesSchema.safeParse(attributes);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `ce_${path.join('.')}: ${message}`);
    throw new CodedError('MESSAGE_MALFORMED', `Invalid headers: ${wrong.slice(0, 5).join('; ')}.`);
  }
  const beyond = beyondJsonBounds(record.value ?? new Uint8Array());
  if (beyond !== undefined) throw new CodedError('MESSAGE_MALFORMED', `The value is refused: ${beyond}.`);
  try {
    const event = toStored(parsed.data, parseJson(record.value));
    return { event, message: toEventMessage(event, parsed.data.source) };
  } catch (error) {
    throw new CodedError('MESSAGE_MALFORMED', 'The value is not JSON in UTF-8.', { cause: error });
  }
};

const toStored = (ce: z.output<typeof attributesSchema>, data: unknown): StoredEvent => ({
  id: ce.id,
  type: ce.type,
  stream: ce.subject,
  revision: BigInt(ce.revision),
  position: BigInt(ce.position),
  data,
  metadata: {
    schemaVersion: Number(ce.schemaversion),
    correlationId: ce.correlationid,
    ...(ce.causationid === undefined ? {} : { causationId: ce.causationid }),
    actor: ce.actor,
    at: ce.time,
  },
});
