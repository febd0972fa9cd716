/**
 * contracts owns the JSON form of every event (zod, versioned), its codec, and the streams of the product.
 * It does not own decisions (domain) or where events are kept (event-store) and carried (messaging).
 */
export { decodeEvent, encodeEvent } from './event-codec.js';
export {
  EVENT_CONTRACTS,
  isEventType,
  type ChainkeepEvent,
  type EventData,
  type EventType,
} from './event-catalogue.js';
export { instant, resourceId } from './primitives.js';
export { isRequestType, REQUEST_CONTRACTS, type RequestBody, type RequestType } from './request-contracts.js';
export { createChainkeepStreams, STREAM_CATEGORIES, type ChainkeepStreams } from './streams.js';
