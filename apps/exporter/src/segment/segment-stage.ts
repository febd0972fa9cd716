import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import {
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createBlockSplitter } from '#libs/archive';
import type { BlockSink, SegmentCollector } from '#libs/chain';
import { readSegmentFileName } from '#libs/domain';
import { CodedError, isCodedError } from '#libs/kernel';

export type StagedFile = Readonly<{ path: string; bytes: number; sha256: string }>;

const READ_BYTES = 1 << 20;
const PART = '.part';
/** Ends the name of the file that names the nodes, one in a line. */
const SOURCES = '.sources';
const ASIDE = '.aside';

/**
 * A segment on its way: verified blocks are appended to a local file. The file itself is the record of progress: what
 * is whole and verifies in it counts after a crash, the rest is cut off.
 */
export class SegmentStage {
  private readonly path: string;
  private sources: readonly string[] = [];
  private asideSources: readonly string[] = [];

  constructor(
    private readonly directory: string,
    file: string,
  ) {
    this.path = join(directory, `${file}${PART}`);
  }

  /**
   * Replays what is staged into the collector and cuts off what does not verify. Blocks that an earlier run staged for
   * the same start count too; staged files of other segments go.
   */
  async resume(collector: SegmentCollector): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await this.takeEarlier(collector.target.range.start);
    await this.removeOthers();
    const handle = await open(this.path, 'a');
    await handle.close();
    this.sources = await this.readSources();
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

  /** Every node that the blocks in `collector` came from, also those that were staged before. */
  sourcesOf(collector: SegmentCollector): readonly string[] {
    const added = collector.sources.filter((source) => source !== this.path);
    return [...new Set([...this.sources, ...added])];
  }

  /** A run that failed left its blocks: the newest plan has another date, and often another end. */
  private async takeEarlier(start: bigint): Promise<void> {
    const names = await readdir(this.directory);
    if (names.includes(basename(this.path))) return;
    const earlier = names.filter(
      (name) => name.endsWith(PART) && readSegmentFileName(name.slice(0, -PART.length))?.start === start,
    );
    // Names begin with the date: the newest has what the last run gathered.
    const newest = earlier.sort().at(-1);
    if (newest === undefined) return;
    const from = join(this.directory, newest);
    await rename(from, this.path);
    if (names.includes(`${newest}${SOURCES}`)) await rename(`${from}${SOURCES}`, `${this.path}${SOURCES}`);
  }

  private async readSources(): Promise<readonly string[]> {
    const text = await readFile(`${this.path}${SOURCES}`, 'utf8').catch(() => '');
    return text.split('\n').filter((name) => name !== '');
  }

  /** Written before the blocks are: after a crash too it is known who gave them. */
  private async noteSources(collector: SegmentCollector): Promise<void> {
    const sources = this.sourcesOf(collector);
    if (sources.length === this.sources.length) return;
    await writeFile(`${this.path}${SOURCES}`, `${sources.join('\n')}\n`);
    this.sources = sources;
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

  /** Appends through `work`'s sink what `collector` took in; durable when it resolves. */
  async append(collector: SegmentCollector, work: (sink: BlockSink) => Promise<void>): Promise<void> {
    const handle: FileHandle = await open(this.path, 'a');
    try {
      await work({
        write: async ({ bytes }) => {
          await this.noteSources(collector);
          await handle.writeFile(bytes);
        },
      });
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /** The staged blocks from the first on, or from an offset in bytes. */
  bytes(start = 0): AsyncIterable<Uint8Array> {
    return createReadStream(this.path, { start, highWaterMark: READ_BYTES });
  }

  /** Begins again with nothing; `takeBack` brings what was staged back. */
  async setAside(): Promise<void> {
    await rename(this.path, `${this.path}${ASIDE}`);
    await rm(`${this.path}${SOURCES}`, { force: true });
    this.asideSources = this.sources;
    this.sources = [];
  }

  async takeBack(): Promise<void> {
    await rename(`${this.path}${ASIDE}`, this.path);
    this.sources = this.asideSources;
    await writeFile(`${this.path}${SOURCES}`, `${this.sources.join('\n')}\n`);
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
    await rm(`${this.path}${SOURCES}`, { force: true });
    await rm(`${this.path}${ASIDE}`, { force: true });
    this.sources = [];
  }
}
