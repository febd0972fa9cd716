/**
 * kernel owns the words every room uses: coded errors and their catalogue, hex and hashes, block references,
 * instants, deterministic ids, backoff arithmetic and the Clock port.
 * It does not own any IO, event or chain format.
 */
export { backoffDelayMs, type BackoffPolicy } from './backoff.js';
export { type BlockRange, type BlockRef, type LinkedBlockRef } from './block-ref.js';
export { canonicalJson } from './canonical-json.js';
export { Clock } from './clock.js';
export { durationMs } from './duration.js';
export type { Gate } from './gate.js';
export { CATALOGUE, currentCode, hintOf, type ErrorCode } from './errors/catalogue.js';
export {
  CodedError,
  hasCode,
  isCodedError,
  isOurs,
  toCodedError,
  type ErrorContext,
} from './errors/coded-error.js';
export type { ErrorEntry } from './errors/error-entry.js';
export { bytesToHex, isHash, ZERO_HASH, type Hex } from './hex.js';
export { keepNewest } from './keep-newest.js';
export { listed } from './listed.js';
export { isAborted } from './is-aborted.js';
export { deterministicId, sha256Hex } from './ids.js';
export { beyondJsonBounds, type JsonBounds } from './json-bounds.js';
export { isSecretName, MASK } from './secret-names.js';
export { nearestName } from './nearest.js';
export { plainNumber } from './plain-number.js';
export { printable } from './printable.js';
export { addMs, isAhead, laterOf, toEpochMs, toInstant, type Instant } from './time.js';
