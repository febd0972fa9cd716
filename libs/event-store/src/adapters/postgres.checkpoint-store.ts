import { CheckpointStore, START, type Position } from '#libs/event-sourcing';
import type { PostgresDatabase } from './postgres-database.js';

const SQL = {
  load: 'SELECT position FROM checkpoints WHERE consumer = $1',
  save: `INSERT INTO checkpoints (consumer, position) VALUES ($1, $2)
    ON CONFLICT (consumer) DO UPDATE SET position = excluded.position`,
} as const;

/** The CheckpointStore port on a PostgresDatabase. */
export class PostgresCheckpointStore extends CheckpointStore {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async load(consumer: string): Promise<Position> {
    const [row] = await this.database.query(SQL.load, consumer);
    return (row?.[0] as Position | undefined) ?? START;
  }

  async save(consumer: string, position: Position): Promise<void> {
    await this.database.query(SQL.save, consumer, position);
  }
}
