/** A function, so that TypeScript does not narrow `aborted` to false for the rest of a loop. */
export const isAborted = (signal: AbortSignal): boolean => signal.aborted;
