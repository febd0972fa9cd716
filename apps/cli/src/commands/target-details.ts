import type { Env } from '../cli.config.js';
import { UsageProblem } from '../exit.js';

const ADVICE = 'Example: --set bucket=bank-a-chain --secret secret_access_key=BANK_A_SECRET.';

const split = (pair: string): readonly [name: string, value: string] => {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageProblem(`"${pair}" is not name=value.`, ADVICE);
  return [pair.slice(0, at), pair.slice(at + 1)];
};

const WORDS: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * `details` of a configuration from options. Secrets come from environment variables, so that no list of processes
 * and no shell history holds them.
 */
export const detailsOf = (
  options: Readonly<{ provider: string; set: readonly string[]; secret: readonly string[]; enable: boolean }>,
  env: Env,
): Record<string, unknown> => {
  const plain = options.set.map(split).map(([name, value]) => [name, WORDS[value] ?? value] as const);
  const secret = options.secret.map(split).map(([name, variable]) => {
    const value = env[variable];
    if (value === undefined || value === '')
      throw new UsageProblem(`The environment variable ${variable} is not set.`, ADVICE);
    return [name, value] as const;
  });
  return {
    ...Object.fromEntries([...plain, ...secret]),
    provider: options.provider,
    environment_backup_target: options.enable,
  };
};
