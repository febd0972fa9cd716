import { CodedError } from '#libs/kernel';
import type { EventMetadata, NewEvent, Position, StoredEvent } from '#libs/event-sourcing';

/**
 * Largest append, data and metadata of all its events together, in bytes of JSON. EventStoreDB accepts no larger one,
 * so no adapter does.
 */
export const APPEND_BYTES_MAX = 1024 * 1024;

/** An event as it is written: its data and metadata are JSON text. */
export type EventText = Readonly<{ id: string; type: string; data: string; metadata: string }>;

/** An event as it lies in the store. */
export type EventRow = EventText & Readonly<{ stream: string; revision: bigint; position: Position }>;

const toJson = (event: NewEvent, value: unknown): string => {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw new CodedError('EVENT_INVALID', `${event.type} is not JSON.`, { cause });
  }
  throw new CodedError('EVENT_INVALID', `${event.type} has no data.`);
};

const toEventText = (event: NewEvent): EventText => ({
  id: event.id,
  type: event.type,
  data: toJson(event, event.data),
  metadata: toJson(event, event.metadata),
});

/** Bytes of an event as it is stored: its data and metadata. */
export const bytesOf = ({ data, metadata }: Pick<EventText, 'data' | 'metadata'>): number =>
  Buffer.byteLength(data) + Buffer.byteLength(metadata);

/** One append. Throws EVENT_INVALID for what JSON cannot hold, EVENT_TOO_LARGE above APPEND_BYTES_MAX. */
export const toEventTexts = (events: readonly NewEvent[]): readonly EventText[] => {
  const texts = events.map(toEventText);
  const bytes = texts.reduce((sum, text) => sum + bytesOf(text), 0);
  if (bytes <= APPEND_BYTES_MAX) return texts;
  const types = [...new Set(events.map(({ type }) => type))].join(', ');
  throw new CodedError(
    'EVENT_TOO_LARGE',
    `The append (${types}) has ${bytes} bytes; at most ${APPEND_BYTES_MAX} are accepted.`,
    { context: { bytes, bytesMax: APPEND_BYTES_MAX, events: events.length } },
  );
};

export const toStoredEvent = (row: EventRow): StoredEvent => {
  try {
    return {
      stream: row.stream,
      revision: row.revision,
      position: row.position,
      id: row.id,
      type: row.type,
      data: JSON.parse(row.data) as unknown,
      metadata: JSON.parse(row.metadata) as EventMetadata,
    };
  } catch (cause) {
    throw new CodedError('EVENT_INVALID', `Event ${row.id} in the store is not JSON.`, {
      cause,
      context: { stream: row.stream, revision: row.revision },
    });
  }
};
