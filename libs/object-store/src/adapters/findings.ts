import type { ProbeFinding } from '#libs/domain';
import { toCodedError } from '#libs/kernel';

/** What a check found, without its name. */
export type Found = Omit<ProbeFinding, 'check'>;

export const ok = (message: string): Found => ({ result: 'ok', message });
export const warn = (message: string, cure: string): Found => ({ result: 'warn', message, cure });
export const fail = (message: string, cure: string): Found => ({ result: 'fail', message, cure });

/** Runs checks one after another; one that rejects is a failed finding with its code's hint as the cure. */
export const findingsOf = async (
  checks: readonly (readonly [name: string, run: () => Promise<Found>])[],
  signal?: AbortSignal,
): Promise<readonly ProbeFinding[]> => {
  const findings: ProbeFinding[] = [];
  for (const [check, run] of checks) findings.push({ check, ...(await outcomeOf(run, signal)) });
  return findings;
};

const outcomeOf = async (run: () => Promise<Found>, signal?: AbortSignal): Promise<Found> => {
  try {
    return await run();
  } catch (error) {
    signal?.throwIfAborted();
    const { message, hint } = toCodedError(error);
    return fail(message, hint);
  }
};
