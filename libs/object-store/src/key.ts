import { CodedError } from '#libs/kernel';

/** First segment that adapters keep for themselves (temporary files); no object lies there. */
export const RESERVED_SEGMENT = '.chainkeep-tmp';

const SEGMENT_BYTES_MAX = 255;
const KEY_BYTES_MAX = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

const faultOf = (segment: string): string | undefined => {
  if (segment === '') return 'has an empty part';
  if (segment === '.' || segment === '..') return `has the part "${segment}"`;
  if (Buffer.byteLength(segment) > SEGMENT_BYTES_MAX) return `has a part above ${SEGMENT_BYTES_MAX} bytes`;
  return undefined;
};

const faultOfText = (text: string): string | undefined => {
  if (text.includes('\0')) return 'holds a NUL';
  if (LONE_SURROGATE.test(text)) return 'is not valid Unicode';
  if (Buffer.byteLength(text) > KEY_BYTES_MAX) return `is above ${KEY_BYTES_MAX} bytes`;
  return undefined;
};

const refuse = (what: string, text: string, fault: string): never => {
  throw new CodedError('INPUT_INVALID', `The ${what} ${JSON.stringify(text)} ${fault}.`, {
    context: { [what]: text },
  });
};

/** The parts of a key. Rejects with INPUT_INVALID what could leave the store or cannot be kept by every adapter. */
export const segmentsOf = (key: string): readonly string[] => {
  const segments = key.split('/');
  const fault =
    faultOfText(key) ??
    segments.map(faultOf).find((found) => found !== undefined) ??
    (segments[0] === RESERVED_SEGMENT ? `lies in the reserved ${RESERVED_SEGMENT}` : undefined);
  return fault === undefined ? segments : refuse('key', key, fault);
};

/** A prefix is the beginning of a key: its last part may be cut short or empty. INPUT_INVALID as for keys. */
export const checkPrefix = (prefix: string): void => {
  const folders = prefix.split('/').slice(0, -1);
  const fault = faultOfText(prefix) ?? folders.map(faultOf).find((found) => found !== undefined);
  if (fault !== undefined) refuse('prefix', prefix, fault);
};

/** Order of keys everywhere: by their UTF-8 bytes, as S3 lists them. */
export const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
