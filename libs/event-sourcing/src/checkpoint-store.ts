import type { Checkpoint } from './checkpoint.js';

/**
 * Port: where each consumer of the store has got to.
 *
 * Contract (checkpoint-store.contract.ts in event-store): `save` is durable when it resolves and replaces what was
 * saved before; `load` gives BEFORE_ALL for a consumer that never saved. A position that version 0.1 saved comes
 * without an event.
 */
export abstract class CheckpointStore {
  abstract load(consumer: string): Promise<Checkpoint>;
  abstract save(consumer: string, checkpoint: Checkpoint): Promise<void>;
}
