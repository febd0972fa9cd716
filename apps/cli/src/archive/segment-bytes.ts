import { createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { PassThrough, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CodedError, isCodedError } from '#libs/kernel';
import { UsageProblem } from '../exit.js';

const CHUNK_BYTES = 1024 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

/** What went wrong with a file, in words. */
export const unreadable = (path: string, error: unknown): unknown => {
  if (isCodedError(error)) return error;
  const reason = REASONS[codeOf(error)];
  return reason === undefined
    ? error
    : new UsageProblem(`${path} cannot be read: ${reason}.`, 'Pass the path of a readable file.');
};

/**
 * What lies at a path: a file or a directory. Throws INPUT_INVALID when nothing is there, or something that is never
 * read to its end, such as a pipe.
 */
export const statFile = async (path: string): Promise<Stats> => {
  let found: Stats;
  try {
    found = await stat(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (found.isFile() || found.isDirectory()) return found;
  throw new UsageProblem(`${path} is neither a file nor a directory.`, 'Pass the path of a readable file.');
};

const isGzip = async (path: string): Promise<boolean> => {
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(GZIP_MAGIC.length), 0, GZIP_MAGIC.length, 0);
    return bytesRead === GZIP_MAGIC.length && buffer.equals(GZIP_MAGIC);
  } finally {
    await handle.close();
  }
};

const damaged = (path: string, bytes: number, error: unknown): unknown => {
  const code = codeOf(error);
  if (code === 'Z_BUF_ERROR')
    return new CodedError('SEGMENT_INCOMPLETE', 'The compressed file ends too early.', {
      context: { source: path, offset: bytes },
      cause: error,
    });
  if (!code.startsWith('Z_')) return unreadable(path, error);
  return new CodedError('SEGMENT_DIGEST_MISMATCH', 'The compressed file is damaged.', {
    context: { source: path, offset: bytes },
    cause: error,
  });
};

/**
 * The blocks of a file, uncompressed whether it is plain or gzip (by its first bytes); `onStored` sees the bytes as
 * they lie on disk. Throws SEGMENT_INCOMPLETE or SEGMENT_DIGEST_MISMATCH for a damaged gzip file.
 */
export async function* readSegmentBytes(
  path: string,
  onStored: (chunk: Uint8Array) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  const { size } = await statFile(path);
  if (size === 0)
    throw new CodedError('SEGMENT_INCOMPLETE', 'The file is empty: it holds no block.', {
      context: { source: path },
    });
  try {
    const plain = (await isGzip(path)) ? createGunzip({ chunkSize: CHUNK_BYTES }) : new PassThrough();
    const source = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const seen = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        onStored(chunk);
        done(null, chunk);
      },
    });
    const piped = pipeline(source, seen, plain);
    // The loop below meets the same failure; leaving it early is not a failure.
    piped.catch(() => undefined);
    try {
      for await (const chunk of plain as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        yield chunk;
      }
    } finally {
      source.destroy();
    }
  } catch (error) {
    throw damaged(path, bytes, error);
  }
}
