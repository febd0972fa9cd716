import { START, type Checkpoint, type Position } from '#libs/event-sourcing';
import { JsonText, ReadModelStore, type ApplyCommand, type ReadModelRow } from '#libs/event-store';

const KEPT_MAX = 5_000;

/** What a fold reads back (environments, runs of late) and nothing else: rows are made and thrown away. */
export class DiscardingReadModels extends ReadModelStore {
  private readonly kept = new Map<string, ReadModelRow>();
  private position: Position = START;

  async apply({ position, changes }: ApplyCommand): Promise<void> {
    this.position = position;
    for (const change of changes) {
      // A text is a row that no event gets again.
      if (change.kind === 'delete' || change.document instanceof JsonText) continue;
      const { id, parent, sort = id, document } = change;
      this.kept.set(`${change.collection}/${id}`, { id, parent, sort, document });
    }
    for (const key of this.kept.keys()) {
      if (this.kept.size <= KEPT_MAX) break;
      this.kept.delete(key);
    }
  }

  async checkpoint(): Promise<Checkpoint> {
    return { position: this.position };
  }

  async moveCheckpoint(_projection: string, _expected: Position, { position }: Checkpoint): Promise<void> {
    this.position = position;
  }

  async get(_projection: string, collection: string, id: string): Promise<ReadModelRow | undefined> {
    return this.kept.get(`${collection}/${id}`);
  }

  async list(): Promise<readonly ReadModelRow[]> {
    return [...this.kept.values()];
  }

  async count(): Promise<number> {
    return this.kept.size;
  }

  async drop(): Promise<void> {
    this.kept.clear();
  }

  async activate(): Promise<void> {
    // Nobody reads it.
  }

  async active(): Promise<undefined> {
    return undefined;
  }

  async fingerprint(): Promise<never> {
    return Promise.reject(new Error('Nothing is kept to be digested.'));
  }
}
