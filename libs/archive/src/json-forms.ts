import { CodedError, type ErrorCode, type Hex } from '#libs/kernel';
import { z } from 'zod';

/** Block numbers are plain numbers in the documents that lie in buckets. */
export const blockNumber = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** A 32-byte hash; upper case is read, lower case is kept. */
export const hashText = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform((text) => text.toLowerCase() as Hex);

export const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

export const blockEntry = z.object({ block: blockNumber, hash: hashText, parent_hash: hashText });

/** Text, bytes or a parsed value as a parsed value. */
export const jsonOf = (source: unknown, code: ErrorCode, what: string): unknown => {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) return source;
  try {
    return JSON.parse(typeof source === 'string' ? source : Buffer.from(source).toString('utf8'));
  } catch (cause) {
    throw new CodedError(code, `The ${what} is not valid JSON.`, { cause });
  }
};

/** Parses with a schema; the first fault becomes one sentence. */
export const parseWith = <T>(schema: z.ZodType<T>, value: unknown, code: ErrorCode, what: string): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw new CodedError(code, `The ${what} cannot be read: ${path} ${issue?.message ?? ''}.`, {
    context: { path },
    cause: result.error,
  });
};
