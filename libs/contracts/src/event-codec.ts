import { z } from 'zod';
import type { EventCodec, StoredEvent } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import { EVENT_CONTRACTS, isEventType, type ChainkeepEvent } from './event-catalogue.js';

const contractOf = (type: string) => {
  if (!isEventType(type))
    throw new CodedError('EVENT_UNKNOWN', `Event type ${type} is unknown.`, { context: { type } });
  return EVENT_CONTRACTS[type];
};

const describeIssues = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'data'}: ${message}`)
    .join('; ');

/** Event -> JSON data. A value that does not fit its contract is a fault of ours: EVENT_INVALID. */
export const encodeEvent = (event: ChainkeepEvent): Readonly<{ data: unknown; schemaVersion: number }> => {
  const { schema, version } = contractOf(event.type);
  const result = z.safeEncode(schema as z.ZodType, event.data);
  if (result.success) return { data: result.data, schemaVersion: version };
  throw new CodedError(
    'EVENT_INVALID',
    `${event.type} does not fit its schema: ${describeIssues(result.error)}.`,
  );
};

/** JSON data -> event. A newer version is EVENT_UNKNOWN (wait for the update), a wrong form EVENT_INVALID. */
export const decodeEvent = (type: string, data: unknown, schemaVersion: number): ChainkeepEvent => {
  const { schema, version } = contractOf(type);
  if (schemaVersion > version) {
    throw new CodedError(
      'EVENT_UNKNOWN',
      `${type} has schema version ${schemaVersion}, known is ${version}.`,
      {
        context: { type, schemaVersion },
      },
    );
  }
  const result = z.safeDecode(schema as z.ZodType, data);
  if (result.success) return { type, data: result.data } as ChainkeepEvent;
  throw new CodedError('EVENT_INVALID', `${type} does not fit its schema: ${describeIssues(result.error)}.`);
};

/** The codec of one category of streams. */
export const codecFor = <E extends ChainkeepEvent>(): EventCodec<E> => ({
  encode: encodeEvent,
  decode: ({ type, data, metadata }: StoredEvent) => decodeEvent(type, data, metadata.schemaVersion) as E,
});
