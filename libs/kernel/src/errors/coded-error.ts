import { CATALOGUE, faultOf, hintOf, type ErrorCode } from './catalogue.js';

export type ErrorContext = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>;

/**
 * Every failure the product reports: a code that never changes meaning, what happened in one sentence,
 * and what to do about it. `retryable` says whether the same call may succeed later without a change.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** What to do: the advice of the innermost cause where this error only wraps it. */
  readonly hint: string;
  /** HTTP status that fits this code. */
  readonly status: number;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: { context?: ErrorContext; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = CATALOGUE[code];
    this.code = code;
    this.retryable = entry.retryable;
    this.hint = hintOf(code, innermostCode(options.cause));
    this.status = entry.status;
    this.context = options.context ?? {};
  }
}

export const isCodedError = (error: unknown): error is CodedError => error instanceof CodedError;

/** The code of the coded error at the end of a chain of causes, `undefined` where nothing coded is in it. */
export const innermostCode = (error: unknown): ErrorCode | undefined =>
  isCodedError(error) ? (innermostCode(error.cause) ?? error.code) : undefined;

export const hasCode = (error: unknown, code: ErrorCode): error is CodedError =>
  isCodedError(error) && error.code === code;

/** Did something of this installation fail, at the top or as a coded cause? Then the work waits and nobody is blamed. */
export const isOurs = (error: unknown): boolean => {
  const { code, cause } = toCodedError(error);
  return faultOf(code) === 'ours' || (isCodedError(cause) && isOurs(cause));
};

/** What the system says of a disk that is full or broken, or of a process that may open no more files. */
const DISK_ERRNOS: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE']);

const uncoded = (error: unknown): ErrorCode =>
  error instanceof Error && 'syscall' in error && 'code' in error && DISK_ERRNOS.has(error.code)
    ? 'DISK_UNAVAILABLE'
    : 'INTERNAL';

/**
 * The error itself when it is coded, else it wrapped (retryable), so nothing uncoded leaves a service: DISK_UNAVAILABLE
 * for a failure of the own disk (a store of files codes its failures itself), else INTERNAL.
 */
export const toCodedError = (error: unknown): CodedError =>
  isCodedError(error)
    ? error
    : new CodedError(uncoded(error), error instanceof Error ? error.message : String(error), {
        cause: error,
      });
