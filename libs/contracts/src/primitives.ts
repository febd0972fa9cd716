import { z } from 'zod';
import { TEXT_CHARS_MAX } from '#libs/domain';
import { CATALOGUE, currentCode, type ErrorCode, type Hex } from '#libs/kernel';

/** Block numbers and revisions: bigint in code, decimal string in JSON (numbers lose digits above 2^53). */
export const bigintString = z.codec(z.string().regex(/^-?\d{1,78}$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});

export const hash = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value), {
  message: 'a 32-byte hash in lower-case hex is expected',
});

export const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, {
  message: 'an instant like 2026-01-31T12:00:00.000Z is expected',
});

/** Ids stand in keys and stream names: letters, digits, dot, dash, underscore; at most 100. */
export const resourceId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
  message: 'letters, digits, ".", "_" and "-" are allowed in an id, 100 at most, the first a letter or digit',
});

const anyErrorCode = z.custom<string>(
  (value) => typeof value === 'string' && currentCode(value) in CATALOGUE,
  {
    message: 'a code of the error catalogue is expected',
  },
);

/** A code of the catalogue; one that an older version wrote is read by its present name. */
export const errorCode = z.codec(anyErrorCode, z.custom<ErrorCode>(), {
  decode: (code) => currentCode(code) as ErrorCode,
  encode: (code) => code,
});

/** The request of an external producer that an event follows from. */
export const requestMark = z.object({ id: z.string(), at: instant });

export const text = z.string().max(TEXT_CHARS_MAX);
export const optional = z.exactOptional;
