import { isCodedError, type CodedError } from '#libs/kernel';
import { START, type AppendResult, type ExpectedRevision, type Position } from '#libs/event-sourcing';
import { planAppend, type EventPlace } from '../append-plan.js';
import type { EventRow, EventText } from '../stored-json.js';
import type { PostgresQuery } from './postgres-database.js';

/** One append that waits for its group. */
export type Append = Readonly<{
  stream: string;
  texts: readonly EventText[];
  expected: ExpectedRevision;
}>;

export type Outcome = AppendResult | CodedError;

/** Readers wait on this channel. */
export const APPENDED_CHANNEL = 'chainkeep_events';

/** One lock for all appends of a database: positions are given and committed in the same order. */
const APPEND_LOCK = 7_208_031_402;

const SQL = {
  lock: `SELECT pg_advisory_xact_lock(${APPEND_LOCK})`,
  // In a separate statement after the lock, so that its snapshot contains everything committed before.
  facts: `SELECT id, stream, revision, position FROM events WHERE id = ANY($1)
    UNION ALL SELECT NULL, named.stream, last.revision, NULL FROM unnest($2::text[]) AS named (stream)
      CROSS JOIN LATERAL (SELECT revision FROM events WHERE events.stream = named.stream COLLATE "C"
        ORDER BY revision DESC LIMIT 1) AS last
    UNION ALL SELECT NULL, NULL, NULL, max(position) FROM events`,
  insert: `WITH added AS (
      INSERT INTO events (position, stream, revision, id, type, data, metadata)
      SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[])
    ) SELECT pg_notify('${APPENDED_CHANNEL}', '')`,
} as const;

type Facts = { head: Position; currents: Map<string, bigint>; places: Map<string, EventPlace> };
type FactRow = readonly [string | null, string | null, bigint | null, bigint | null];

const readFacts = async (query: PostgresQuery, group: readonly Append[]): Promise<Facts> => {
  const ids = group.flatMap(({ texts }) => texts.map(({ id }) => id));
  const streams = [...new Set(group.map(({ stream }) => stream))];
  const facts: Facts = { head: START, currents: new Map(), places: new Map() };
  for (const row of await query(SQL.facts, ids, streams)) {
    const [id, stream, revision, position] = row as FactRow;
    if (stream === null) facts.head = position ?? START;
    else if (id === null) facts.currents.set(stream, revision ?? 0n);
    else facts.places.set(id, { stream, revision: revision ?? 0n, position: position ?? 0n });
  }
  return facts;
};

/** Decides one append on the facts and brings them up to date, so that the next one of the group sees it. */
const planOne = ({ stream, texts, expected }: Append, facts: Facts, rows: EventRow[]): AppendResult => {
  const ids = texts.map(({ id }) => id);
  const found = ids.map((id) => facts.places.get(id));
  const plan = planAppend({ stream, ids, expected, current: facts.currents.get(stream), found });
  if (plan.kind === 'repeat') return plan.result;
  let revision = plan.first - 1n;
  for (const text of texts) {
    revision += 1n;
    facts.head += 1n;
    const place: EventPlace = { stream, revision, position: facts.head };
    rows.push({ ...text, ...place });
    facts.places.set(text.id, place);
  }
  facts.currents.set(stream, revision);
  return { revision, position: facts.head };
};

/**
 * Runs a group of appends inside one transaction, each with its own check: a refused one undoes only itself. Resolves
 * to one outcome an append, in order.
 */
export const appendGroup = async (
  query: PostgresQuery,
  group: readonly Append[],
): Promise<readonly Outcome[]> => {
  await query(SQL.lock);
  const facts = await readFacts(query, group);
  const rows: EventRow[] = [];
  const outcomes = group.map((append): Outcome => {
    try {
      return planOne(append, facts, rows);
    } catch (error) {
      if (isCodedError(error)) return error;
      throw error;
    }
  });
  if (rows.length > 0) {
    const column = <Key extends keyof EventRow>(key: Key): EventRow[Key][] => rows.map((row) => row[key]);
    await query(
      SQL.insert,
      column('position'),
      column('stream'),
      column('revision'),
      column('id'),
      column('type'),
      column('data'),
      column('metadata'),
    );
  }
  return outcomes;
};
