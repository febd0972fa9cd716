import { DeadLetterSink, type DeadLetter } from '#libs/event-sourcing';
import type { PostgresDatabase } from './postgres-database.js';

type Row = readonly [string, string, string, string, bigint, string, string, number, string];

const COLUMNS = 'consumer, event_id, type, stream, position, code, message, attempts, at';
const SQL = {
  record: `INSERT INTO dead_letters (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (consumer, event_id) DO UPDATE SET type = excluded.type, stream = excluded.stream,
      position = excluded.position, code = excluded.code, message = excluded.message,
      attempts = excluded.attempts, at = excluded.at`,
  list: `SELECT ${COLUMNS} FROM dead_letters ORDER BY position, consumer LIMIT $1`,
} as const;

/** PostgreSQL's text holds every character but this one, and a message may hold anything. */
const storable = (text: string): string => text.replaceAll('\u0000', '\ufffd');

/** The DeadLetterSink port on a PostgresDatabase. */
export class PostgresDeadLetterSink extends DeadLetterSink {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async record(letter: DeadLetter): Promise<void> {
    const { consumer, eventId, type, stream, position, code, message, attempts, at } = letter;
    await this.database.query(
      SQL.record,
      ...[consumer, eventId, type, stream].map(storable),
      position,
      ...[code, message].map(storable),
      attempts,
      at,
    );
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const rows = (await this.database.query(SQL.list, limit)) as unknown as readonly Row[];
    return rows.map(([consumer, eventId, type, stream, position, code, message, attempts, at]) => ({
      consumer,
      eventId,
      type,
      stream,
      position,
      code,
      message,
      attempts,
      at,
    }));
  }
}
