import { CheckpointStore, START, type Position } from '#libs/event-sourcing';

/** The CheckpointStore port in memory, for tests and simulations. */
export class MemoryCheckpointStore extends CheckpointStore {
  private readonly positions = new Map<string, Position>();

  async load(consumer: string): Promise<Position> {
    return this.positions.get(consumer) ?? START;
  }

  async save(consumer: string, position: Position): Promise<void> {
    this.positions.set(consumer, position);
  }
}
