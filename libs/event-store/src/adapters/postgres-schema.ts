/**
 * The schema of the PostgreSQL store, one entry a version, never changed once released.
 * `COLLATE "C"` gives every list the byte order of UTF-8, as in the embedded store. Positions are given by the writer
 * under one lock, not by a sequence: a sequence would hand them out before their commit.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE events (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    id text COLLATE "C" NOT NULL UNIQUE,
    type text COLLATE "C" NOT NULL,
    data text NOT NULL,
    metadata text NOT NULL,
    UNIQUE (stream, revision)
  );
  CREATE TABLE checkpoints (consumer text COLLATE "C" PRIMARY KEY, position bigint NOT NULL);
  CREATE TABLE dead_letters (
    consumer text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    type text NOT NULL,
    stream text NOT NULL,
    position bigint NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    attempts integer NOT NULL,
    at text NOT NULL,
    PRIMARY KEY (consumer, event_id)
  );
  CREATE TABLE installation (single boolean PRIMARY KEY CHECK (single), id text NOT NULL);
  CREATE TABLE secrets (ref text COLLATE "C" PRIMARY KEY, scope text COLLATE "C" NOT NULL, sealed bytea NOT NULL);
  CREATE INDEX secrets_by_scope ON secrets (scope);
  CREATE TABLE projections (projection text COLLATE "C" PRIMARY KEY, position bigint NOT NULL);
  CREATE TABLE active_projections (name text COLLATE "C" PRIMARY KEY, projection text COLLATE "C" NOT NULL);
  CREATE TABLE documents (
    projection text COLLATE "C" NOT NULL,
    collection text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    parent text COLLATE "C",
    sort text COLLATE "C" NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (projection, collection, id)
  );
  CREATE INDEX documents_by_sort ON documents (projection, collection, sort, id);
  CREATE INDEX documents_by_parent ON documents (projection, collection, parent, sort, id);
  `,
  // Lists are of a parent, or short: an index that a row of a history is written into, and no list of one needs.
  `DROP INDEX documents_by_sort;`,
  // The event at the position, as JSON that repeats the position: a replica of version 0.1 moves the position alone.
  `
  ALTER TABLE checkpoints ADD COLUMN event text;
  ALTER TABLE projections ADD COLUMN event text;
  CREATE TABLE import_under_way (single boolean PRIMARY KEY CHECK (single), mark text NOT NULL);
  ALTER TABLE installation ADD COLUMN founded boolean NOT NULL DEFAULT false;
  ALTER TABLE installation ADD COLUMN last text;
  ALTER TABLE installation ADD COLUMN stopped text;
  ALTER TABLE installation ADD COLUMN decision text;
  `,
];
