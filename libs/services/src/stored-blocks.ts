import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { blockHash, createBlockSplitter, hexToBytes, segmentKey } from '#libs/archive';
import { canonicalFiles, type HistoryEntry, type LiveEnvironment } from '#libs/domain';
import { bytesToHex, isOurs, keepNewest, type Hex } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import { managedBucketOf } from './managed-bucket.js';
import type { ServicePorts } from './service-ports.js';

const HASH_BYTES = 32;
/** 3.2 MB each; a question about a fork needs one or two. */
const FILES_KEPT_MAX = 4;

/** The bytes of the blocks in a stored file. */
export const plainBytesOf = (stored: AsyncIterable<Uint8Array>, gzip: boolean): AsyncIterable<Uint8Array> => {
  const source = Readable.from(stored, { objectMode: false });
  return gzip ? (source.compose(createGunzip()) as AsyncIterable<Uint8Array>) : source;
};

type File = Pick<HistoryEntry, 'file' | 'start' | 'end' | 'sha256'>;

/**
 * Reads blocks of recorded files from the managed bucket. A file is read from its first byte to its last, because only
 * then its digest is known to be the recorded one; the hashes of its blocks are kept for the next question.
 */
export class StoredBlocks {
  private readonly kept = new Map<string, Buffer>();

  constructor(
    private readonly ports: Pick<ServicePorts, 'histories' | 'home' | 'log' | 'objects' | 'vault'>,
  ) {}

  /**
   * Puts the hashes of those of `numbers` that lie in canonical files into `found`. Left out: blocks of files that can't
   * be read as recorded.
   */
  async into(
    found: Map<bigint, Hex>,
    environment: LiveEnvironment,
    { numbers, signal }: Readonly<{ numbers: readonly bigint[]; signal: AbortSignal }>,
  ): Promise<void> {
    const files = canonicalFiles(await this.ports.histories.read(environment.environmentId));
    for (const number of numbers) {
      const file = files.find(({ start, end }) => start <= number && number <= end);
      const hashes = file && (await this.hashesOf(environment, file, signal));
      if (file === undefined || hashes === undefined) continue;
      const at = Number(number - file.start) * HASH_BYTES;
      found.set(number, bytesToHex(hashes.subarray(at, at + HASH_BYTES)));
    }
  }

  /** The canonical block of this number; `undefined` when its file can't be read as recorded. */
  async block(
    environment: LiveEnvironment,
    { number, signal }: Readonly<{ number: bigint; signal: AbortSignal }>,
  ): Promise<Uint8Array | undefined> {
    const files = canonicalFiles(await this.ports.histories.read(environment.environmentId));
    const file = files.find(({ start, end }) => start <= number && number <= end);
    if (file === undefined) return undefined;
    let found: Uint8Array | undefined;
    const isWhole = await this.read(environment, file, signal, (bytes, at) => {
      if (at === number) found = Uint8Array.from(bytes);
    });
    return isWhole ? found : undefined;
  }

  private async hashesOf(
    environment: LiveEnvironment,
    file: File,
    signal: AbortSignal,
  ): Promise<Buffer | undefined> {
    const known = this.kept.get(file.sha256);
    if (known !== undefined) return known;
    const hashes = Buffer.alloc(Number(file.end - file.start + 1n) * HASH_BYTES);
    const isWhole = await this.read(environment, file, signal, (bytes, number) => {
      hashes.set(hexToBytes(blockHash(bytes)), Number(number - file.start) * HASH_BYTES);
    });
    if (!isWhole) return undefined;
    keepNewest(this.kept, file.sha256, hashes, FILES_KEPT_MAX);
    return hashes;
  }

  /** Gives each block of the file to `take`. False when the file is missing or isn't the recorded one. */
  private async read(
    environment: LiveEnvironment,
    { file, start, end, sha256 }: File,
    signal: AbortSignal,
    take: (bytes: Uint8Array, number: bigint) => void,
  ): Promise<boolean> {
    const digest = createHash('sha256');
    const splitter = createBlockSplitter();
    let next = start;
    try {
      const managed = await managedBucketOf(environment, this.ports);
      const key = segmentKey(environment.environmentId, file);
      const stored = digested(managed, key, { digest, signal });
      for await (const chunk of plainBytesOf(stored, file.endsWith('.gz'))) {
        for (const { bytes } of splitter.push(chunk)) {
          if (next <= end) take(bytes, next);
          next += 1n;
        }
      }
      splitter.finish();
    } catch (error) {
      signal.throwIfAborted();
      if (isOurs(error)) throw error;
      this.ports.log.warn('A stored file could not be read.', {
        environment: environment.environmentId,
        file,
        error,
      });
      return false;
    }
    return next === end + 1n && digest.digest('hex') === sha256;
  }
}

async function* digested(
  store: ObjectStore,
  key: string,
  { digest, signal }: Readonly<{ digest: ReturnType<typeof createHash>; signal: AbortSignal }>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of store.get(key, signal)) {
    digest.update(chunk);
    yield chunk;
  }
}
