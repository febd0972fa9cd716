import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, truncate, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createBlockSplitter } from '#libs/archive';
import type { BlockSink, SegmentCollector } from '#libs/chain';
import { CodedError, isCodedError } from '#libs/kernel';

export type StagedFile = Readonly<{ path: string; bytes: number; sha256: string }>;

const READ_BYTES = 1 << 20;

/**
 * A segment on its way: verified blocks are appended to a local file. The file itself is the record of progress: what
 * is whole and verifies in it counts after a crash, the rest is cut off.
 */
export class SegmentStage {
  private readonly path: string;

  constructor(
    private readonly directory: string,
    file: string,
  ) {
    this.path = join(directory, `${file}.part`);
  }

  /** Replays what is staged into the collector and cuts off what does not verify. Staged files of other segments go. */
  async resume(collector: SegmentCollector): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await this.removeOthers();
    const handle = await open(this.path, 'a');
    await handle.close();
    const splitter = createBlockSplitter();
    try {
      for await (const chunk of createReadStream(this.path, { highWaterMark: READ_BYTES })) {
        for (const { bytes } of splitter.push(chunk as Uint8Array)) collector.add(bytes, this.path);
      }
    } catch (error) {
      // A torn or foreign tail is not a failure: gathering continues after the last block that verifies.
      if (!isCodedError(error)) throw error;
    }
    await truncate(this.path, collector.bytes);
  }

  /** A file from elsewhere becomes the staged one. */
  async take(file: string): Promise<void> {
    try {
      await rename(file, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
      await copyFile(file, this.path);
      await rm(file, { force: true });
    }
  }

  /**
   * Reads the whole staged file into the collector. Throws the collector's errors naming `source`, and
   * `EXPORT_FILE_INVALID` when the file is short, too long or no block file. What is wrong is removed.
   */
  async verify(collector: SegmentCollector, source: string, signal: AbortSignal): Promise<void> {
    const splitter = createBlockSplitter();
    try {
      for await (const chunk of createReadStream(this.path, { highWaterMark: READ_BYTES, signal })) {
        for (const { bytes } of splitter.push(chunk as Uint8Array)) collector.add(bytes, source);
      }
      splitter.finish();
      if (!collector.isComplete) throw this.short(collector, source);
    } catch (error) {
      signal.throwIfAborted();
      await this.discard();
      throw error;
    }
  }

  private short({ next, target }: SegmentCollector, source: string): CodedError {
    const { end } = target.range;
    return new CodedError('EXPORT_FILE_INVALID', `The file of ${source} ends before block ${next}.`, {
      context: { source, next, end },
    });
  }

  private async removeOthers(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (!path.startsWith(this.path)) await rm(path, { force: true });
    }
  }

  /** Appends through `work`'s sink; durable when it resolves. */
  async append(work: (sink: BlockSink) => Promise<void>): Promise<void> {
    const handle: FileHandle = await open(this.path, 'a');
    try {
      await work({
        write: async ({ bytes }) => {
          await handle.writeFile(bytes);
        },
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** The staged blocks from the first on. */
  bytes(): AsyncIterable<Uint8Array> {
    return createReadStream(this.path, { highWaterMark: READ_BYTES });
  }

  async digest(path = this.path): Promise<StagedFile> {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).byteLength;
    }
    return { path, bytes, sha256: hash.digest('hex') };
  }

  /** A gzip of the staged file, beside it. */
  async compress(): Promise<StagedFile> {
    const path = `${this.path}.gz`;
    await pipeline(createReadStream(this.path), createGzip(), createWriteStream(path));
    return this.digest(path);
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(`${this.path}.gz`, { force: true });
  }
}
