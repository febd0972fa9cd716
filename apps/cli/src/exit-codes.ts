import { isCodedError } from '#libs/kernel';

/** 0: done. */
export const EXIT = { done: 0, foundWrong: 1, usage: 2, notFinished: 3 } as const;

export const EXIT_HELP = `Exit codes: 0 done, 1 found wrong, 2 usage (command line or network file), 3 could not finish.
Environment: CHAINKEEP_URL (default http://127.0.0.1:3000), CHAINKEEP_TOKEN.`;

/** The exit code an error ends the process with. */
export const exitCodeOf = (error: unknown): number =>
  isCodedError(error) && (error.code === 'INPUT_INVALID' || error.code === 'CONFIG_INVALID')
    ? EXIT.usage
    : EXIT.notFinished;
