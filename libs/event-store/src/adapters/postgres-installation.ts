import { randomUUID } from 'node:crypto';
import type { PostgresDatabase } from './postgres-database.js';

const SQL = {
  make: 'INSERT INTO installation VALUES (true, $1) ON CONFLICT (single) DO NOTHING',
  read: 'SELECT id FROM installation',
} as const;

/** The ID of the installation that owns this database, created on first use. It marks the buckets it writes to. */
export const postgresInstallation = async (database: PostgresDatabase): Promise<string> => {
  await database.query(SQL.make, randomUUID());
  const [row] = await database.query(SQL.read);
  return String(row?.[0]);
};
