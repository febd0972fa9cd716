import { CodedError } from '#libs/kernel';
import {
  StoreMemory,
  toRecord,
  toText,
  type StoreRecord,
  type StoreRecordChange,
  type StoreRecordText,
} from '../store-memory.js';
import type { PostgresDatabase } from './postgres-database.js';

const SQL = {
  read: 'SELECT id, founded::text, last, stopped, decision FROM installation',
  make: 'INSERT INTO installation (single, id) VALUES (true, $1) ON CONFLICT (single) DO UPDATE SET id = excluded.id',
  founded: 'UPDATE installation SET founded = $1::boolean',
  last: 'UPDATE installation SET last = $1',
  stopped: 'UPDATE installation SET stopped = $1',
  decision: 'UPDATE installation SET decision = $1',
} as const;

const COLUMNS = ['founded', 'last', 'stopped', 'decision'] as const;

/** The StoreMemory port on a PostgresDatabase, beside the read models. Version 0.1 knows its `id` alone. */
export class PostgresStoreMemory extends StoreMemory {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  async recall(): Promise<StoreRecord | undefined> {
    const [row] = await this.database.query(SQL.read);
    if (row === undefined) return undefined;
    const [installation, founded, last, stopped, decision] = row as readonly [
      string,
      string,
      ...(string | null)[],
    ];
    const rest = { last: last ?? null, stopped: stopped ?? null, decision: decision ?? null };
    return toRecord({ installation, founded: founded === 'true', ...rest });
  }

  async update(fields: StoreRecordChange): Promise<void> {
    const text: Partial<StoreRecordText> = toText(fields);
    await this.database.transaction(async (query) => {
      if (text.installation !== undefined) await query(SQL.make, text.installation);
      else if ((await query(SQL.read)).length === 0)
        throw new CodedError('INPUT_INVALID', 'Which installation?');
      for (const column of COLUMNS) {
        const value = text[column];
        if (value !== undefined) await query(SQL[column], value === null ? null : String(value));
      }
    });
  }
}
