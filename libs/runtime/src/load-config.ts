import type { z } from 'zod';
import { CodedError } from '#libs/kernel';

/**
 * Settings from the environment. An empty variable counts as not set. Every problem is reported at once, by the name of
 * its variable and without its value (which may be a secret), as CONFIG_INVALID.
 */
export const loadConfig = <Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> => {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'settings'}: ${message}`,
  );
  throw new CodedError('CONFIG_INVALID', `Invalid settings: ${problems.join('; ')}.`, {
    context: { count: problems.length, problems: problems.join('\n') },
  });
};
