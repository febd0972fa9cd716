/**
 * event-sourcing owns what an event, a decider and a stream are, and the EventStore port.
 * It does not own any event of the product (domain), its JSON form (contracts) or a store (event-store).
 */
export {
  BEFORE_ALL,
  checkpointAt,
  checkpointFromJson,
  checkpointOf,
  checkpointToJson,
  findEvent,
  isSameCheckpoint,
  proveCheckpoint,
  storeRewound,
  type Checkpoint,
  type EventRef,
  type Proof,
} from './checkpoint.js';
export { CheckpointStore } from './checkpoint-store.js';
export { DeadLetterSink, type DeadLetter } from './dead-letter-sink.js';
export { /** @internal used by tests */ fold, ignored, type Decider, type Decision } from './decider.js';
export {
  START,
  type DomainEvent,
  type EventMetadata,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type StoredEvent,
} from './event.js';
export {
  EventStore,
  type AppendResult,
  type ReadOptions,
  type SubscribeOptions,
  type SubscriptionItem,
} from './event-store.js';
export { categoryOfStream, idOfStream } from './stream-name.js';
export {
  createStreams,
  type CommandContext,
  type EventCodec,
  type Handled,
  type HandleOptions,
  type Loaded,
  type OnIgnored,
  type Streams,
  type StreamsOptions,
} from './streams.js';
