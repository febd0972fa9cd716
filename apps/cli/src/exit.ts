import { CodedError, toCodedError, type ErrorCode } from '#libs/kernel';

/** What the command line ends with; released, so it never changes meaning. */
export const EXIT = { done: 0, foundWrong: 1, usage: 2, unfinished: 3 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes: 0 success, 1 problem found, 2 usage error, 3 not completed.
Environment: CHAINKEEP_URL (http://127.0.0.1:3000), CHAINKEEP_TOKEN (else the file operator.key in CHAINKEEP_HOME).`;

/** A usage error, with advice on what to pass instead. */
export class UsageProblem extends CodedError {
  constructor(
    message: string,
    readonly advice: string,
  ) {
    super('INPUT_INVALID', message);
  }
}

/** Hints of the catalogue speak to who sends requests; here the same in the words of the command line. */
const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  AUTH_REQUIRED:
    'Set CHAINKEEP_TOKEN to a key, or CHAINKEEP_HOME to the data directory that holds operator.key.',
  BACKUP_DISABLED: 'Turn them on with "chainkeep backup enable".',
};

/** The two lines of an error: what happened, what to do. */
export const errorText = (thrown: unknown): string => {
  const error = toCodedError(thrown);
  const hint = error instanceof UsageProblem ? error.advice : (HINTS[error.code] ?? error.hint);
  return `error ${error.code}: ${error.message}\nhint: ${hint}\n`;
};

export const exitOf = (thrown: unknown): Exit => {
  const { code } = toCodedError(thrown);
  return code === 'INPUT_INVALID' || code === 'CONFIG_INVALID' ? EXIT.usage : EXIT.unfinished;
};
