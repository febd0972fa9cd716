import {
  BEFORE_ALL,
  checkpointFromJson,
  checkpointToJson,
  CheckpointStore,
  type Checkpoint,
  type Position,
} from '#libs/event-sourcing';
import type { LibsqlDatabase } from './libsql-database.js';

const SQL = {
  load: 'SELECT position, event FROM checkpoints WHERE consumer = ?',
  save: 'INSERT OR REPLACE INTO checkpoints (consumer, position, event) VALUES (?, ?, ?)',
} as const;

/** The CheckpointStore port on a LibsqlDatabase. */
export class LibsqlCheckpointStore extends CheckpointStore {
  constructor(private readonly database: LibsqlDatabase) {
    super();
  }

  async load(consumer: string): Promise<Checkpoint> {
    const row = await this.database.read(() => this.database.statement(SQL.load).get(consumer));
    if (row === undefined) return BEFORE_ALL;
    return checkpointFromJson(row[0] as Position, row[1] as string | null);
  }

  async save(consumer: string, checkpoint: Checkpoint): Promise<void> {
    const event = checkpointToJson(checkpoint);
    await this.database.write(() =>
      this.database.statement(SQL.save).run(consumer, checkpoint.position, event),
    );
  }
}
