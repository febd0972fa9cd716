import type { z } from 'zod';
import { CodedError } from '#libs/kernel';

/** The variables that are set. An empty one counts as not set, except a prefix: empty means that there is none. */
export const setVariables = (
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || (value === '' && !name.endsWith('_PREFIX')) ? [] : [[name, value]],
    ),
  );

/**
 * Settings from the environment, as `setVariables` takes them. Every problem is reported at once, by the name of
 * its variable and without its value (which may be a secret), as CONFIG_INVALID.
 */
export const loadConfig = <Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> => {
  const result = schema.safeParse(setVariables(env));
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'settings'}: ${message}`,
  );
  throw new CodedError('CONFIG_INVALID', `Invalid settings: ${problems.join('; ')}.`, {
    context: { count: problems.length, problems: problems.join('\n') },
  });
};
