import type { RunWarning } from './backup.events.js';

/** Most characters of a text of an event. */
export const TEXT_CHARS_MAX = 4_000;

/** A warning that fits into an event: one that is too long must not keep a run or a file from being recorded. */
export const boundedWarning = (warning: RunWarning): RunWarning => ({
  ...warning,
  message: warning.message.slice(0, TEXT_CHARS_MAX),
});
