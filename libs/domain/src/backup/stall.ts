import { addMs, isAhead, type Instant } from '#libs/kernel';
import type { BackupState } from './backup.state.js';

/** How long a run may stall before it is woken, and again before it is failed. */
export const STALL_TIMEOUT_MS = 30 * 60_000;

/**
 * When to check whether an open run has stalled; `undefined` without one. Progress is what the stream says: a
 * worker that is busy for long notes it there (NoteProgress), as nothing else is seen by every process. A halt has its
 * own deadline; the time counts from there. What a clock recorded that was ahead is checked now.
 */
export const stallCheckAt = (
  state: BackupState,
  stallTimeoutMs: number,
  now: Instant,
): Instant | undefined => {
  if (state.status === 'idle') return undefined;
  const since = state.wokenAt ?? state.progressAt;
  if (isAhead(since, now)) return now;
  const { halt } = state;
  const isHalted = halt !== undefined && halt.deadline > since && !isAhead(halt.startedAt, now);
  return addMs(isHalted ? halt.deadline : since, stallTimeoutMs);
};
