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
