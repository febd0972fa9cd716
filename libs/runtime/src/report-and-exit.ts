import { printable, toCodedError } from '#libs/kernel';

const EXIT_USAGE = 2;
const EXIT_FAILED = 3;

/** A failed start says its code, what happened and what to do, and ends the process. */
export const reportAndExit = (error: unknown): never => {
  const { code, message, hint } = toCodedError(error);
  process.stderr.write(printable(`error ${code}: ${message}\nhint: ${hint}\n`));
  process.exit(code === 'CONFIG_INVALID' ? EXIT_USAGE : EXIT_FAILED);
};
