/**
 * The schema of the database file, one entry a version, never changed once released.
 * Text and blobs only beside places: data is JSON, secrets are sealed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream, revision)
  ) STRICT;
  CREATE TABLE checkpoints (consumer TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE dead_letters (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    stream TEXT NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (consumer, event_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE secrets (ref TEXT PRIMARY KEY, scope TEXT NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX secrets_by_scope ON secrets (scope);
  CREATE TABLE projections (projection TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE active_projections (name TEXT PRIMARY KEY, projection TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE documents (
    projection TEXT NOT NULL,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    parent TEXT,
    sort TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (projection, collection, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX documents_by_sort ON documents (projection, collection, sort, id);
  CREATE INDEX documents_by_parent ON documents (projection, collection, parent, sort, id);
  `,
  // Lists are of a parent, or short: an index that a row of a history is written into, and no list of one needs.
  `DROP INDEX documents_by_sort;`,
  // The event at the position, as JSON that repeats the position: version 0.1 replaces rows and leaves it empty.
  `
  ALTER TABLE checkpoints ADD COLUMN event TEXT;
  ALTER TABLE projections ADD COLUMN event TEXT;
  CREATE TABLE import_under_way (only INTEGER PRIMARY KEY CHECK (only = 1), mark TEXT NOT NULL) STRICT;
  `,
];
