import { CodedError } from '#libs/kernel';
import type { AppendResult, ExpectedRevision, Position } from '#libs/event-sourcing';

/** Where an event id was found in the store. */
export type EventPlace = Readonly<{ stream: string; revision: bigint; position: Position }>;

export type AppendFacts = Readonly<{
  stream: string;
  ids: readonly string[];
  expected: ExpectedRevision;
  /** Revision of the stream's last event; `undefined` when there is no stream. */
  current: bigint | undefined;
  /** For each id the place it has already, if any. */
  found: readonly (EventPlace | undefined)[];
}>;

/** `repeat`: the batch is there already. `append`: write it from revision `first`. */
export type AppendPlan =
  Readonly<{ kind: 'repeat'; result: AppendResult }> | Readonly<{ kind: 'append'; first: bigint }>;

const conflict = ({ stream, expected, current }: AppendFacts, why: string): CodedError =>
  new CodedError(
    'REVISION_CONFLICT',
    `${stream} is at ${current ?? 'no_stream'}, not at ${expected}: ${why}.`,
    {
      context: { stream, expected, current: current ?? 'no_stream' },
    },
  );

const allows = (expected: ExpectedRevision, current: bigint | undefined): boolean => {
  switch (expected) {
    case 'any':
      return true;
    case 'no_stream':
      return current === undefined;
    case 'stream_exists':
      return current !== undefined;
    default:
      return current === expected;
  }
};

/** Would a batch that starts at `first` have been appended under `expected`? */
const startsAt = (expected: ExpectedRevision, first: bigint): boolean => {
  if (expected === 'no_stream') return first === 0n;
  return typeof expected === 'bigint' ? first === expected + 1n : true;
};

const repeated = (facts: AppendFacts): AppendPlan => {
  const places = facts.found.filter((place) => place !== undefined);
  const first = places[0];
  const last = places.at(-1);
  if (!first || !last || places.length !== facts.ids.length)
    throw conflict(facts, 'a part of the batch was appended before');
  const together = places.every(
    (place, index) => place.stream === facts.stream && place.revision === first.revision + BigInt(index),
  );
  if (!together || !startsAt(facts.expected, first.revision))
    throw conflict(facts, 'an event id of the batch is in the store at another place');
  return { kind: 'repeat', result: { revision: last.revision, position: last.position } };
};

/**
 * The rule every adapter follows: whole repetitions are answered as before, everything else must meet the expected
 * revision. Throws REVISION_CONFLICT.
 */
export const planAppend = (facts: AppendFacts): AppendPlan => {
  if (facts.ids.length === 0) throw new CodedError('INPUT_INVALID', 'A batch must hold at least one event.');
  if (facts.found.some((place) => place !== undefined)) return repeated(facts);
  if (new Set(facts.ids).size !== facts.ids.length) throw conflict(facts, 'an ID occurs twice in the batch');
  if (!allows(facts.expected, facts.current)) throw conflict(facts, 'something else appended');
  return { kind: 'append', first: facts.current === undefined ? 0n : facts.current + 1n };
};
