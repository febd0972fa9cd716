import { BEFORE_ALL, CheckpointStore, type Checkpoint } from '#libs/event-sourcing';

/** The CheckpointStore port in memory, for tests and simulations. */
export class MemoryCheckpointStore extends CheckpointStore {
  private readonly checkpoints = new Map<string, Checkpoint>();

  async load(consumer: string): Promise<Checkpoint> {
    return this.checkpoints.get(consumer) ?? BEFORE_ALL;
  }

  async save(consumer: string, checkpoint: Checkpoint): Promise<void> {
    this.checkpoints.set(consumer, checkpoint);
  }
}
