import type { CodedError } from './errors/coded-error.js';

/** Where work waits that failed by a fault of ours (`isOurs`), so that all of a process goes on together. */
export type Gate = Readonly<{
  /**
   * Resolves when the work may be tried again. `failures`: how many of its attempts failed in a row by a fault of ours,
   * from 1. Rejects with the signal's reason when it aborts first.
   */
  passed: (failure: CodedError, failures: number, signal: AbortSignal) => Promise<void>;
}>;
