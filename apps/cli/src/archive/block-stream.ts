import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CodedError } from '#libs/kernel';

const GZIP_MAGIC = [0x1f, 0x8b];
const CHUNK_BYTES = 1024 * 1024;

const isGzip = async (file: string): Promise<boolean> => {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && GZIP_MAGIC.every((byte, index) => buffer[index] === byte);
  } finally {
    await handle.close();
  }
};

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | null)?.code;

/** The error of reading a file under our codes: a damaged gzip stream is found wrong, a missing file is usage. */
export const readingError = (file: string, error: unknown): unknown => {
  const code = codeOf(error) ?? '';
  if (code.startsWith('Z_'))
    return new CodedError('SEGMENT_INCOMPLETE', `${file}: the gzip stream is damaged.`, { cause: error });
  if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES' || code === 'ENOTDIR')
    return new CodedError('INPUT_INVALID', `${file}: the file cannot be read (${code}).`, { cause: error });
  return error;
};

/**
 * The blocks' bytes of a file, plain or gzip by its first bytes. `onStored` sees the bytes as they are stored.
 * Throws INPUT_INVALID when it cannot be read, SEGMENT_INCOMPLETE when its gzip stream is damaged.
 */
export async function* blockBytes(
  file: string,
  onStored: (chunk: Uint8Array) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  try {
    const gzip = await isGzip(file);
    async function* stored(): AsyncGenerator<Uint8Array> {
      for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
        onStored(chunk as Buffer);
        yield chunk as Buffer;
      }
    }
    if (!gzip) {
      yield* stored();
      return;
    }
    const unzipped = createGunzip();
    const piping = pipeline(stored, unzipped);
    // The reader below meets the same error.
    piping.catch(() => undefined);
    yield* unzipped as AsyncIterable<Uint8Array>;
    await piping;
  } catch (error) {
    throw readingError(file, error);
  }
}
