import type { Position } from './event.js';

/**
 * Port: where each consumer of the store has got to.
 *
 * Contract (checkpoint-store.contract.ts in event-store): `save` is durable when it resolves and replaces what was
 * saved before; `load` gives `START` for a consumer that never saved.
 */
export abstract class CheckpointStore {
  abstract load(consumer: string): Promise<Position>;
  abstract save(consumer: string, position: Position): Promise<void>;
}
