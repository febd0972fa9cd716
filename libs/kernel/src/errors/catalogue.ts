import { AGREEMENT_ERRORS } from './agreement.errors.js';
import { API_ERRORS } from './api.errors.js';
import { ARCHIVE_ERRORS } from './archive.errors.js';
import { BACKUP_ERRORS } from './backup.errors.js';
import { BUS_ERRORS } from './bus.errors.js';
import { CHAIN_ERRORS } from './chain.errors.js';
import type { ErrorEntry } from './error-entry.js';
import { STORE_ERRORS } from './store.errors.js';
import { TARGET_ERRORS } from './target.errors.js';

/** All codes of the product, one file an area. A code never changes meaning once released. */
export const CATALOGUE = {
  ...AGREEMENT_ERRORS,
  ...API_ERRORS,
  ...ARCHIVE_ERRORS,
  ...BACKUP_ERRORS,
  ...BUS_ERRORS,
  ...CHAIN_ERRORS,
  ...STORE_ERRORS,
  ...TARGET_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

const RENAMED: ReadonlyMap<string, ErrorCode> = new Map([
  ['NODE_CHAIN_MISMATCH', 'NODE_FOREIGN'],
  ['VALIDATORS_DIFFER', 'CERTIFICATE_VALIDATORS_WRONG'],
]);

/** The present name of a code that an older version stored in an event or a manifest. */
export const currentCode = (code: string): string => RENAMED.get(code) ?? code;

const entryOf = (code: string): ErrorEntry | undefined => {
  const current = currentCode(code);
  return Object.hasOwn(CATALOGUE, current) ? CATALOGUE[current as ErrorCode] : undefined;
};

/** Whose failure a code is; `undefined` where nobody failed, and for codes that are gone. */
export const faultOf = (code: string): ErrorEntry['fault'] => entryOf(code)?.fault;

/**
 * What to do about an error, stored ones included: the hint of its code, or that of the cause where the code only wraps
 * it. A code that an older version stored and that has gone gets general advice.
 */
export const hintOf = (code: string, cause?: string): string => {
  const entry = entryOf(code);
  const inner = entry?.wraps === true && cause !== undefined ? entryOf(cause) : undefined;
  return (inner ?? entry ?? CATALOGUE.INTERNAL).hint;
};
