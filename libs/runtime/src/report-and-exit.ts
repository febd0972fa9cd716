import { CodedError, printable, toCodedError } from '#libs/kernel';

const EXIT_USAGE = 2;
const EXIT_FAILED = 3;

type ListenError = Readonly<{ code: string; address: string; port: number }>;

const isPortTaken = (error: unknown): error is ListenError =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'EADDRINUSE';

/** A failed start as a coded error. */
export const startError = (error: unknown): CodedError =>
  isPortTaken(error)
    ? new CodedError('PORT_IN_USE', `${error.address}:${error.port} is in use.`, { cause: error })
    : toCodedError(error);

/** A failed start says its code, what happened and what to do, and ends the process. */
export const reportAndExit = (error: unknown): never => {
  const { code, message, hint } = startError(error);
  process.stderr.write(
    printable(`error ${code}: ${message}
hint: ${hint}
`),
  );
  process.exit(code === 'CONFIG_INVALID' ? EXIT_USAGE : EXIT_FAILED);
};
