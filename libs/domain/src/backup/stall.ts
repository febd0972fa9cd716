import { addMs, type Instant } from '#libs/kernel';
import type { BackupState } from './backup.state.js';

/** How long a run may stand still before it is woken, and again before it is failed. */
export const STALL_TIMEOUT_MS = 30 * 60_000;

/**
 * When an open run is to be looked at for standing still; `undefined` without one. Progress is what the stream says: a
 * worker that is busy for long notes it there (NoteProgress), as nothing else is seen by every process.
 */
export const stallCheckAt = (state: BackupState, stallTimeoutMs: number): Instant | undefined =>
  state.status === 'idle' ? undefined : addMs(state.wokenAt ?? state.progressAt, stallTimeoutMs);
