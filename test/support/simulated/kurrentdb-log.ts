import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { closeSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** An event as it lies in the log of the double. Data and metadata are base64. */
export type LogRecord = Readonly<{
  position: string;
  stream: string;
  revision: string;
  id: string;
  type: string;
  contentType: string;
  data: string;
  metadata: string;
  createdMs: number;
}>;

export type Proposed = Pick<LogRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
export type Expected = bigint | 'any' | 'no_stream' | 'stream_exists';

export type WriteResult =
  | Readonly<{ kind: 'written'; revision: bigint; position: bigint }>
  | Readonly<{ kind: 'conflict'; current: bigint | undefined }>
  | Readonly<{ kind: 'deleted' }>;

type Stream = { records: LogRecord[]; tombstoned: boolean };
/** What `$$<stream>` says of a stream. */
type StreamMetadata = Readonly<{ $maxCount?: number; $tb?: number }>;
type Line = Readonly<{ records?: readonly LogRecord[]; gone?: string }>;

/** `$tb` of a stream that was deleted and may come back. */
const DELETED = Number.MAX_SAFE_INTEGER;

/** After this number of writes the real server writes a system event; this one does too. */
const SYSTEM_EVERY = 7;

/**
 * What a single node of EventStoreDB keeps, in memory and, when a file is given, in it: one line a write, synced before
 * it is answered. Decides as the server does: ids are known per stream, and under `any` and `stream_exists` only.
 */
export class KurrentLog {
  readonly records: LogRecord[] = [];
  private readonly streams = new Map<string, Stream>();
  private readonly byId = new Map<string, LogRecord>();
  private readonly file: number | undefined;
  private writes = 0;
  private end = 0n;
  private readonly waiting = new Set<() => void>();

  constructor(file?: string) {
    if (file === undefined) {
      this.writeSystem();
      return;
    }
    this.file = openSync(file, 'a+');
    this.load(file);
    if (this.records.length === 0) this.writeSystem();
  }

  append(stream: string, proposed: readonly Proposed[], expected: Expected): WriteResult {
    const known = this.streams.get(stream);
    if (known?.tombstoned) return { kind: 'deleted' };
    const isDeleted = this.metadataOf(stream).$tb === DELETED;
    const decided = this.decide(
      stream,
      known,
      proposed,
      isDeleted && expected === 'no_stream' ? 'any' : expected,
    );
    if (decided) return decided;
    const first = known?.records.length ?? 0;
    const records = proposed.map((event, index) => this.record(stream, BigInt(first + index), event));
    this.write({ records });
    if (isDeleted) this.setMetadata(stream, { ...this.metadataOf(stream), $tb: first });
    this.writes += 1;
    if (this.writes % SYSTEM_EVERY === 0) this.writeSystem();
    const last = records.at(-1)!;
    return { kind: 'written', revision: BigInt(last.revision), position: BigInt(last.position) };
  }

  /** What the stream's metadata leaves of it; undefined when there is no such stream. */
  read(stream: string): readonly LogRecord[] | 'tombstoned' | undefined {
    const known = this.streams.get(stream);
    if (known?.tombstoned) return 'tombstoned';
    const { $maxCount = Infinity, $tb = 0 } = this.metadataOf(stream);
    if (!known || $tb === DELETED) return undefined;
    return known.records.slice(Math.max($tb, known.records.length - $maxCount, 0));
  }

  /** Writes the metadata of a stream: $all keeps what it hides in the stream. */
  setMetadata(stream: string, metadata: StreamMetadata): void {
    this.writeForeign(`$$${stream}`, '$metadata', 1, metadata);
  }

  /** Events of somebody else: another application, or the server. */
  writeForeign(stream: string, type: string, count = 1, data: unknown = {}): void {
    const from = this.streams.get(stream)?.records.length ?? 0;
    const content = Buffer.from(JSON.stringify(data)).toString('base64');
    const records = Array.from({ length: count }, (_, index) =>
      this.record(stream, BigInt(from + index), {
        id: randomUUID(),
        type,
        contentType: 'application/json',
        data: content,
        metadata: '',
      }),
    );
    this.write({ records });
  }

  /** Where the next record will be. */
  get nextPosition(): bigint {
    return this.end;
  }

  /** Does a record begin here? The server refuses a position within one. */
  begins(position: bigint): boolean {
    return this.records[this.indexOf(position)]?.position === position.toString();
  }

  /** Index of the first record at or after a position. */
  indexOf(position: bigint): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (BigInt(this.records[middle]!.position) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Resolves at the next write, or when the reader is gone. */
  async appended(reader: EventEmitter): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        reader.off('cancelled', done).off('close', done);
        resolve();
      };
      this.waiting.add(done);
      reader.once('cancelled', done).once('close', done);
    });
  }

  remove(stream: string, tombstone: boolean): void {
    if (tombstone) this.write({ gone: stream });
    else this.setMetadata(stream, { $tb: DELETED });
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
  }

  private metadataOf(stream: string): StreamMetadata {
    const last = this.streams.get(`$$${stream}`)?.records.at(-1);
    return last ? (JSON.parse(Buffer.from(last.data, 'base64').toString()) as StreamMetadata) : {};
  }

  /** Undefined: write it. */
  private decide(
    stream: string,
    known: Stream | undefined,
    proposed: readonly Proposed[],
    expected: Expected,
  ): WriteResult | undefined {
    const count = known?.records.length ?? 0;
    const conflict = conflictAt(count);
    if (expected === 'stream_exists' && count === 0) return conflict;
    if (expected === 'any' || expected === 'stream_exists')
      return this.repetition(stream, proposed, conflict);
    const next = expected === 'no_stream' ? 0 : Number(expected) + 1;
    return next === count ? undefined : (repetitionAt(known, next, proposed) ?? conflict);
  }

  private repetition(
    stream: string,
    proposed: readonly Proposed[],
    conflict: WriteResult,
  ): WriteResult | undefined {
    const found = proposed.map(({ id }) => this.byId.get(`${stream}/${id}`));
    const last = found.at(-1);
    if (!found[0]) return undefined;
    return found.includes(undefined) || !last ? conflict : repeated(last);
  }

  private record(stream: string, revision: bigint, event: Proposed): LogRecord {
    const position = this.end;
    // A log position is an offset in bytes: it only grows, and leaves room.
    this.end += BigInt(150 + stream.length + event.data.length + event.metadata.length);
    const place = { position: position.toString(), stream, revision: revision.toString() };
    return { ...event, ...place, createdMs: Date.now() };
  }

  private writeSystem(): void {
    const stream = '$stats-127.0.0.1';
    const revision = BigInt(this.streams.get(stream)?.records.length ?? 0);
    const id = `00000000-0000-4000-8000-${revision.toString(16).padStart(12, '0')}`;
    const event = {
      id,
      type: '$statsCollected',
      contentType: 'application/json',
      data: 'e30=',
      metadata: '',
    };
    this.write({ records: [this.record(stream, revision, event)] });
  }

  private write(line: Line): void {
    if (this.file !== undefined) {
      writeSync(this.file, `${JSON.stringify(line)}\n`);
      fdatasyncSync(this.file);
    }
    this.take(line);
    for (const wake of [...this.waiting]) wake();
  }

  private take({ records = [], gone }: Line): void {
    for (const record of records) {
      const stream = this.streams.get(record.stream) ?? { records: [], tombstoned: false };
      stream.records.push(record);
      this.streams.set(record.stream, stream);
      this.byId.set(`${record.stream}/${record.id}`, record);
      this.records.push(record);
    }
    if (gone === undefined) return;
    const stream = this.streams.get(gone) ?? { records: [] };
    this.streams.set(gone, { ...stream, tombstoned: true });
  }

  /** A line that a kill left torn was never answered: it is cut off. */
  private load(file: string): void {
    const text = readFileSync(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    ftruncateSync(this.file!, Buffer.byteLength(whole));
    for (const line of whole.split('\n').filter(Boolean)) this.take(JSON.parse(line) as Line);
    const last = this.records.at(-1);
    if (last) this.end = BigInt(last.position) + 10_000n + BigInt(last.data.length + last.metadata.length);
  }
}

const conflictAt = (count: number): WriteResult => ({
  kind: 'conflict',
  current: count > 0 ? BigInt(count - 1) : undefined,
});

const repetitionAt = (
  known: Stream | undefined,
  next: number,
  proposed: readonly Proposed[],
): WriteResult | undefined => {
  const there = known?.records.slice(next, next + proposed.length) ?? [];
  const last = there.at(-1);
  const same = there.length === proposed.length && proposed.every(({ id }, index) => there[index]?.id === id);
  return same && last ? repeated(last) : undefined;
};

const repeated = ({ revision, position }: LogRecord): WriteResult => ({
  kind: 'written',
  revision: BigInt(revision),
  position: BigInt(position),
});
