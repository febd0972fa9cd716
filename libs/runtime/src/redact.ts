import { isCodedError, isSecretName, MASK } from '#libs/kernel';

const USERINFO = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]+@/gi;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi;
const SAS_SIGNATURE = /([?&;](sig|x-amz-signature|x-amz-security-token|accountkey)=)[^&\s;]+/gi;
const DEPTH_MAX = 6;
const ITEMS_MAX = 100;

const redactText = (text: string): string =>
  text.replace(USERINFO, `$1${MASK}@`).replace(BEARER, `$1 ${MASK}`).replace(SAS_SIGNATURE, `$1${MASK}`);

const plainError = (error: Error, depth: number): Record<string, unknown> => ({
  message: redactText(error.message),
  ...(isCodedError(error)
    ? { code: error.code, hint: error.hint, context: redact(error.context, depth + 1) }
    : { name: error.name, stack: redactText(error.stack ?? '') }),
  ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
});

const redactField = (name: string, value: unknown, depth: number): unknown =>
  isSecretName(name) && value !== undefined && value !== null ? MASK : redact(value, depth);

const redactObject = (value: object, depth: number): unknown => {
  if (depth >= DEPTH_MAX) return '[deeper]';
  if (value instanceof Error) return plainError(value, depth);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => redact(item, depth + 1));
  const entries = Object.entries(value).slice(0, ITEMS_MAX);
  return Object.fromEntries(entries.map(([name, inner]) => [name, redactField(name, inner, depth + 1)]));
};

/** A copy that is safe to write down: plain JSON values, bounded in size, without secrets. */
export const redact = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return String(value);
  return value === null || typeof value !== 'object' ? value : redactObject(value, depth);
};
