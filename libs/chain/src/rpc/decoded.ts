import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** The body as it was before a front end compressed it, which some do without being asked. */
export const decoded = (body: Readable, headers: IncomingHttpHeaders): Readable => {
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return body;
  const decoder = decoderOf(encoding.trim().toLowerCase());
  if (decoder === undefined) return body;
  body.once('error', (error) => decoder.destroy(error));
  decoder.once('close', () => body.destroy());
  return body.pipe(decoder);
};

const decoderOf = (encoding: string): ReturnType<typeof createGunzip> | undefined => {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
};
