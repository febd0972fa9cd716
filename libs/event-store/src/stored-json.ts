import { CodedError } from '#libs/kernel';
import type { EventMetadata, NewEvent, Position, StoredEvent } from '#libs/event-sourcing';

/** Largest event, data and metadata together, in bytes of JSON. */
export const EVENT_BYTES_MAX = 1024 * 1024;

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

/** Throws EVENT_INVALID for what JSON cannot hold, EVENT_TOO_LARGE above EVENT_BYTES_MAX. */
export const toEventText = (event: NewEvent): EventText => {
  const data = toJson(event, event.data);
  const metadata = toJson(event, event.metadata);
  const bytes = Buffer.byteLength(data) + Buffer.byteLength(metadata);
  if (bytes > EVENT_BYTES_MAX) {
    throw new CodedError(
      'EVENT_TOO_LARGE',
      `${event.type} has ${bytes} bytes; ${EVENT_BYTES_MAX} are taken.`,
      {
        context: { type: event.type, bytes, bytesMax: EVENT_BYTES_MAX },
      },
    );
  }
  return { id: event.id, type: event.type, data, metadata };
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
