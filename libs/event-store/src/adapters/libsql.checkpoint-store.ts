import { CheckpointStore, START, type Position } from '#libs/event-sourcing';
import type { LibsqlDatabase } from './libsql-database.js';

const SQL = {
  load: 'SELECT position FROM checkpoints WHERE consumer = ?',
  save: 'INSERT OR REPLACE INTO checkpoints (consumer, position) VALUES (?, ?)',
} as const;

/** The CheckpointStore port on a LibsqlDatabase. */
export class LibsqlCheckpointStore extends CheckpointStore {
  constructor(private readonly database: LibsqlDatabase) {
    super();
  }

  async load(consumer: string): Promise<Position> {
    const row = await this.database.read(() => this.database.statement(SQL.load).get(consumer));
    return (row?.[0] as Position | undefined) ?? START;
  }

  async save(consumer: string, position: Position): Promise<void> {
    await this.database.write(() => this.database.statement(SQL.save).run(consumer, position));
  }
}
