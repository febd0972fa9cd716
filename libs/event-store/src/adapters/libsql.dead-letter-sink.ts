import { DeadLetterSink, type DeadLetter } from '#libs/event-sourcing';
import type { LibsqlDatabase } from './libsql-database.js';

type Row = readonly [string, string, string, string, bigint, string, string, bigint, string];

const COLUMNS = 'consumer, event_id, type, stream, position, code, message, attempts, at';
const SQL = {
  record: `INSERT OR REPLACE INTO dead_letters (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  list: `SELECT ${COLUMNS} FROM dead_letters ORDER BY position, consumer LIMIT ?`,
} as const;

/** The DeadLetterSink port on a LibsqlDatabase. */
export class LibsqlDeadLetterSink extends DeadLetterSink {
  constructor(private readonly database: LibsqlDatabase) {
    super();
  }

  async record(letter: DeadLetter): Promise<void> {
    const { consumer, eventId, type, stream, position, code, message, attempts, at } = letter;
    await this.database.write(() =>
      this.database
        .statement(SQL.record)
        .run(consumer, eventId, type, stream, position, code, message, BigInt(attempts), at),
    );
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const rows = await this.database.read(() => this.database.statement(SQL.list).all(limit));
    return (rows as readonly Row[]).map(
      ([consumer, eventId, type, stream, position, code, message, attempts, at]) => ({
        consumer,
        eventId,
        type,
        stream,
        position,
        code,
        message,
        attempts: Number(attempts),
        at,
      }),
    );
  }
}
