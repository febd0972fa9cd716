import { createHash } from 'node:crypto';
import { decodeEvent } from '#libs/contracts';
import {
  START,
  type EventMetadata,
  type EventStore,
  type NewEvent,
  type Position,
  type StoredEvent,
} from '#libs/event-sourcing';
import { CodedError, hasCode } from '#libs/kernel';

/*
 * A whole store as lines of JSON: a header, one line an event in the order of the store, and a footer with their number
 * and digest. Positions are left out: another store gives its own.
 */

const FORMAT = 'chainkeep-store';
const VERSION = 1;
const PAGE_EVENTS = 500;
const BATCH_EVENTS = 500;
const BATCH_BYTES = 512 * 1024;
/** Of appends that are begun at one moment. */
const TOGETHER_BYTES = 4 * 1024 * 1024;

/** How many events, and the SHA-256 of their lines. */
export type StoreSummary = Readonly<{ events: number; sha256: string }>;

type Header = Readonly<{ format: string; version: number; product: string; exportedAt: string }>;
type EventLine = Omit<NewEvent, 'data'> & Readonly<{ stream: string; revision: string; data: unknown }>;
type Batch = { readonly stream: string; readonly first: bigint; readonly events: NewEvent[]; bytes: number };

const invalid = (line: number, why: string, cause?: unknown): CodedError =>
  new CodedError('STORE_FILE_INVALID', `Line ${line}: ${why}.`, {
    context: { line },
    ...(cause === undefined ? {} : { cause }),
  });

const lineOf = ({ stream, revision, id, type, data, metadata }: Omit<StoredEvent, 'position'>): string =>
  `${JSON.stringify({ stream, revision: revision.toString(), id, type, data, metadata })}\n`;

class Digest {
  private events = 0;
  private readonly hash = createHash('sha256');

  add(line: string): void {
    this.events += 1;
    this.hash.update(line);
  }

  summary(): StoreSummary {
    return { events: this.events, sha256: this.hash.digest('hex') };
  }
}

async function* eventLines(store: EventStore, through: Position): AsyncGenerator<string> {
  for (let after = START; after < through;) {
    const page = await store.readAll(after, PAGE_EVENTS);
    for (const event of page) if (event.position <= through) yield lineOf(event);
    const last = page.at(-1);
    if (!last) return;
    after = last.position;
  }
}

/** The lines of a store as it is at this moment; what is appended meanwhile is left out. Gives the summary at the end. */
export async function* exportStore(
  store: EventStore,
  { product, at }: Readonly<{ product: string; at: string }>,
): AsyncGenerator<string, StoreSummary, undefined> {
  const header: Header = { format: FORMAT, version: VERSION, product, exportedAt: at };
  yield `${JSON.stringify(header)}\n`;
  const digest = new Digest();
  for await (const line of eventLines(store, await store.head())) {
    digest.add(line);
    yield line;
  }
  const summary = digest.summary();
  yield `${JSON.stringify(summary)}\n`;
  return summary;
}

const parsed = (text: string, line: number): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw invalid(line, 'it is not JSON', cause);
  }
};

const checkHeader = (value: unknown): void => {
  const { format, version } = (value ?? {}) as Partial<Header>;
  if (format !== FORMAT || typeof version !== 'number') throw invalid(1, 'this is not an exported store');
  if (version > VERSION)
    throw new CodedError(
      'STORE_NEWER',
      `The file has format version ${version}; this Chainkeep reads up to ${VERSION}.`,
    );
};

const isFooter = (value: unknown): value is StoreSummary =>
  typeof value === 'object' && value !== null && 'events' in value && 'sha256' in value;

/** An event that this release can read, or EVENT_UNKNOWN. */
const checkEvent = (value: unknown, line: number): EventLine => {
  const event = value as EventLine;
  try {
    decodeEvent(event.type, event.data, (event.metadata as EventMetadata | undefined)?.schemaVersion ?? 0);
    BigInt(event.revision);
  } catch (cause) {
    if (hasCode(cause, 'EVENT_UNKNOWN')) throw cause;
    throw invalid(line, 'it is not an event', cause);
  }
  return event;
};

/** The events of a file, checked one by one. Throws unless the file ends with a matching footer. */
async function* readEvents(lines: AsyncIterable<string>): AsyncGenerator<EventLine, StoreSummary, undefined> {
  const digest = new Digest();
  let number = 0;
  let footer: StoreSummary | undefined;
  for await (const text of lines) {
    number += 1;
    if (footer) throw invalid(number, 'something follows the footer');
    const value = parsed(text, number);
    if (number === 1) checkHeader(value);
    else if (isFooter(value)) footer = value;
    else {
      yield checkEvent(value, number);
      digest.add(`${text}\n`);
    }
  }
  const found = digest.summary();
  if (!footer) throw invalid(number, 'the end of the file is missing');
  if (footer.events !== found.events || footer.sha256 !== found.sha256)
    throw invalid(number, 'number or digest of the events do not fit');
  return found;
}

const takes = (batch: Batch, { stream, revision }: EventLine, bytes: number): boolean =>
  batch.stream === stream &&
  batch.events.length < BATCH_EVENTS &&
  batch.bytes + bytes <= BATCH_BYTES &&
  batch.first + BigInt(batch.events.length) === BigInt(revision);

/** Neighbours of one stream go into one append. */
async function* batched(events: AsyncIterable<EventLine>): AsyncGenerator<Batch> {
  let batch: Batch | undefined;
  for await (const line of events) {
    const { stream, revision, id, type, data, metadata } = line;
    const bytes = Buffer.byteLength(JSON.stringify(data)) + Buffer.byteLength(JSON.stringify(metadata));
    if (batch && !takes(batch, line, bytes)) {
      yield batch;
      batch = undefined;
    }
    batch ??= { stream, first: BigInt(revision), events: [], bytes: 0 };
    batch.events.push({ id, type, data, metadata });
    batch.bytes += bytes;
  }
  if (batch) yield batch;
}

const summaryOf = async (store: EventStore): Promise<StoreSummary> => {
  const digest = new Digest();
  for await (const line of eventLines(store, await store.head())) digest.add(line);
  return digest.summary();
};

const drain = async (events: AsyncGenerator<EventLine, StoreSummary, undefined>): Promise<StoreSummary> => {
  for (;;) {
    const next = await events.next();
    if (next.done === true) return next.value;
  }
};

/** Where an import is: events of the file that are in the store, of how many. */
export type ImportProgress = (done: number, total: number) => void;

/** How many events of the store are the first ones of the file; STORE_NOT_EMPTY when others are, or all of it. */
const countPresent = async (
  store: EventStore,
  lines: () => AsyncIterable<string>,
  { events: total }: StoreSummary,
): Promise<number> => {
  const head = await store.head();
  if (head === START) return 0;
  const given = readEvents(lines());
  let present = 0;
  for await (const text of eventLines(store, head)) {
    const next = await given.next();
    if (next.done === true || lineOf({ ...next.value, revision: BigInt(next.value.revision) }) !== text)
      throw new CodedError(
        'STORE_NOT_EMPTY',
        'The store has events that are not the first ones of the file.',
      );
    present += 1;
  }
  const isMarked = (await store.importMark()) !== undefined;
  if (present === total && !isMarked)
    throw new CodedError('STORE_NOT_EMPTY', 'The store already has all events of the file.');
  return present;
};

async function* after<T>(items: AsyncIterable<T>, skipped: number): AsyncGenerator<T> {
  let index = 0;
  for await (const item of items) {
    index += 1;
    if (index > skipped) yield item;
  }
}

/** Appends in the order of the file: at once only what the store promises to commit together and in that order. */
const appendAll = async (
  store: EventStore,
  batches: AsyncIterable<Batch>,
  appended: (events: number) => void,
): Promise<void> => {
  let together: Batch[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const group = together;
    [together, bytes] = [[], 0];
    await Promise.all(
      group.map(({ stream, first, events }) =>
        store.append(stream, events, first === 0n ? 'no_stream' : first - 1n),
      ),
    );
    appended(group.reduce((sum, { events }) => sum + events.length, 0));
  };
  for await (const batch of batches) {
    const isFull = together.length >= store.appendsTogether || bytes + batch.bytes > TOGETHER_BYTES;
    if (together.length > 0 && isFull) await flush();
    together.push(batch);
    bytes += batch.bytes;
  }
  await flush();
};

/**
 * Brings the lines of an export into a store: the same events in the same order with the same ids and revisions. Goes
 * on when the store has the first events of the file. The file is checked whole first (`lines` is called several times);
 * the store is read back and compared at the end, and until then it is marked as unfinished. Rejects with
 * STORE_NOT_EMPTY, STORE_FILE_INVALID, STORE_NEWER or EVENT_UNKNOWN before anything is written.
 */
export const importStore = async (
  store: EventStore,
  lines: () => AsyncIterable<string>,
  progress: ImportProgress = () => undefined,
): Promise<StoreSummary> => {
  const expected = await drain(readEvents(lines()));
  let done = await countPresent(store, lines, expected);
  await store.markImport(expected.sha256);
  progress(done, expected.events);
  await appendAll(store, batched(after(readEvents(lines()), done)), (events) => {
    done += events;
    progress(done, expected.events);
  });
  const made = await summaryOf(store);
  if (made.events === expected.events && made.sha256 === expected.sha256) {
    await store.markImport(undefined);
    return made;
  }
  throw new CodedError(
    'STORE_UNAVAILABLE',
    'The imported events read back differently: something else wrote to the store.',
    { context: { expected: expected.sha256, made: made.sha256 } },
  );
};
