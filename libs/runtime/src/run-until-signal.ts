import { toCodedError } from '#libs/kernel';
import type { Log } from './log.js';

export type RunUntilSignalOptions = Readonly<{
  /** Ends all work; called once. */
  stop: () => Promise<void>;
  log: Log;
  /** How long `stop` may take, in ms. */
  deadlineMs: number;
}>;

/** Ctrl-C reaches a process twice, from the terminal and from the npm above it: what follows so soon is the same one. */
const SAME_SIGNAL_MS = 1_000;
const EXIT_SOFTWARE = 70;

/**
 * Ends the process in order: the first SIGINT or SIGTERM calls `stop` and exits 0; a second one, the deadline or a
 * failure of `stop` exits 1. An uncaught error is logged with its code and exits 70: the state on disk is good at any
 * moment, but the state in memory is not after such an error.
 */
export const runUntilSignal = ({ stop, log, deadlineMs }: RunUntilSignalOptions): void => {
  let stoppingSince: number | undefined;

  const stopInOrder = async (): Promise<void> => {
    try {
      await stop();
      log.info('Stopped.');
      process.exit(0);
    } catch (error) {
      log.error('Stopping failed.', { error: toCodedError(error) });
      process.exit(1);
    }
  };

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppingSince === undefined) {
      stoppingSince = performance.now();
      log.info('Stopping.', { signal });
      setTimeout(() => {
        log.error('Stopping took too long. Unfinished work resumes at the next start.', {
          deadlineMs,
        });
        process.exit(1);
      }, deadlineMs).unref();
      void stopInOrder();
    } else if (performance.now() - stoppingSince > SAME_SIGNAL_MS) {
      log.error('Stopped at once by a second signal.', { signal });
      process.exit(1);
    }
  };

  const onUncaught = (origin: string) => (error: unknown) => {
    log.error('An uncaught error ends the process.', {
      origin,
      error: toCodedError(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    process.exit(EXIT_SOFTWARE);
  };

  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('uncaughtException', onUncaught('uncaughtException'));
  process.on('unhandledRejection', onUncaught('unhandledRejection'));
};
