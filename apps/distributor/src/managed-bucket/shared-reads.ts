import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { randomUUID } from 'node:crypto';
import type { SegmentRecord } from '#libs/domain';
import { checkedChunks, sendWhole, type ObjectBody } from '#libs/object-store';
import type { ManagedFile } from './managed-file.js';

const READ_BYTES = 256 << 10;
/** Larger files are written as they come. */
const WHOLE_BYTES_MAX = 8 << 20;

type Kept = {
  readonly path: string;
  readonly bytes: number;
  readonly fetched: Promise<void>;
  readonly controller: AbortController;
  users: number;
  done: boolean;
};

export type SharedBody = Readonly<{ body: ObjectBody; release: () => void }>;

/**
 * Files of managed buckets, read once for several targets: the first target fetches a file to the local disk, the
 * others read it there. Space is bounded: unused files are dropped, the longest unused first.
 */
export class SharedReads {
  private readonly kept = new Map<string, Kept>();
  private readonly removals = new Set<Promise<void>>();
  private emptied: Promise<void> | undefined;

  constructor(
    private readonly folder: string,
    private readonly bytesMax: number,
  ) {}

  /**
   * The file as it is read from the local disk, fetched when the body is first opened; what does not fit there is
   * streamed. Release it when all readers are done.
   */
  body(source: ManagedFile, segment: SegmentRecord, signal: AbortSignal): SharedBody {
    const { key, bytes, sha256 } = segment;
    let kept: Kept | undefined;
    const release = (): void => {
      if (kept !== undefined) this.release(key, kept);
      kept = undefined;
    };
    const hold = async (): Promise<Kept | undefined> => {
      await this.empty();
      // Abandoned and released in the meantime.
      signal.throwIfAborted();
      return (kept ??= this.hold(source, segment));
    };
    async function* read(into?: Buffer): AsyncGenerator<Uint8Array> {
      const held = await hold();
      if (held === undefined) {
        yield* checkedChunks(source.body(signal), undefined, into);
        return;
      }
      await held.fetched;
      yield* into === undefined
        ? createReadStream(held.path, { highWaterMark: READ_BYTES })
        : readInto(held.path, into);
    }
    return { body: { bytes, sha256, retain: true, open: read }, release };
  }

  /** Resolves when nothing is left on the disk. It must not be used afterwards. */
  async close(): Promise<void> {
    for (const [key, kept] of this.kept) this.drop(key, kept);
    await Promise.all(this.removals);
  }

  /** What an earlier process left there is of no use. */
  private empty(): Promise<void> {
    return (this.emptied ??= rm(this.folder, { recursive: true, force: true }).then(async () => {
      await mkdir(this.folder, { recursive: true });
    }));
  }

  /** A file for one more user; `undefined` when there is no room for it. */
  private hold(source: ManagedFile, segment: SegmentRecord): Kept | undefined {
    const found = this.kept.get(segment.key);
    if (found === undefined && !this.makeRoom(segment.bytes)) return undefined;
    const kept = found ?? this.fetch(source, segment);
    // The newest use comes last, so that the longest unused is dropped first.
    this.kept.delete(segment.key);
    this.kept.set(segment.key, kept);
    kept.users += 1;
    return kept;
  }

  private fetch(source: ManagedFile, segment: SegmentRecord): Kept {
    const controller = new AbortController();
    const path = join(this.folder, randomUUID());
    const fetched = writeChecked(path, source.body(controller.signal));
    const kept: Kept = { path, bytes: segment.bytes, fetched, controller, users: 0, done: false };
    fetched.then(
      () => (kept.done = true),
      () => {
        this.drop(segment.key, kept);
      },
    );
    return kept;
  }

  private release(key: string, kept: Kept): void {
    kept.users -= 1;
    // A half-read file without waiters is not worth finishing.
    if (kept.users === 0 && !kept.done) this.drop(key, kept);
  }

  private drop(key: string, kept: Kept): void {
    if (this.kept.get(key) === kept) this.kept.delete(key);
    kept.controller.abort();
    const removal = kept.fetched
      .catch(() => undefined)
      .then(() => rm(kept.path, { force: true }))
      .finally(() => this.removals.delete(removal));
    this.removals.add(removal);
  }

  private makeRoom(bytes: number): boolean {
    let held = [...this.kept.values()].reduce((sum, kept) => sum + kept.bytes, 0);
    for (const [key, kept] of this.kept) {
      if (held + bytes <= this.bytesMax) break;
      if (kept.users > 0) continue;
      this.drop(key, kept);
      held -= kept.bytes;
    }
    return held + bytes <= this.bytesMax;
  }
}

/** Writes a body to a file. Rejects, with anything in the file, when it is not what it was announced to be. */
const writeChecked = (path: string, body: ObjectBody): Promise<void> =>
  body.bytes > WHOLE_BYTES_MAX
    ? pipeline(checkedChunks(body), createWriteStream(path))
    : sendWhole(body, (bytes) => writeFile(path, bytes));

/** The bytes of a file, each read to its place in memory that has room for all of them. */
async function* readInto(path: string, into: Buffer): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    for (let at = 0; at < into.length;) {
      const { bytesRead } = await file.read(into, at, into.length - at, at);
      if (bytesRead === 0) return;
      yield into.subarray(at, at + bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
