import type { EventCodec, StoredEvent } from '#libs/event-sourcing';
import { EVENT_CONTRACTS, isEventType, type ChainkeepEvent } from './event-catalogue.js';
import { createVersionedCodec, type Encoded } from './versioned-codec.js';

const codec = createVersionedCodec((type) => (isEventType(type) ? EVENT_CONTRACTS[type] : undefined));

/** Event -> JSON data. A value that does not fit its contract is a fault of ours: EVENT_INVALID. */
export const encodeEvent = ({ type, data }: ChainkeepEvent): Encoded => codec.encode(type, data);

/** JSON data of any version -> event. A newer version is EVENT_UNKNOWN (wait for the update), a wrong form EVENT_INVALID. */
export const decodeEvent = (type: string, data: unknown, schemaVersion: number): ChainkeepEvent =>
  ({ type, data: codec.decode(type, data, schemaVersion) }) as ChainkeepEvent;

/** The codec of one category of streams. */
export const codecFor = <E extends ChainkeepEvent>(): EventCodec<E> => ({
  encode: encodeEvent,
  decode: ({ type, data, metadata }: StoredEvent) => decodeEvent(type, data, metadata.schemaVersion) as E,
});
