import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { eventStoreVariables, toEventStoreLocation } from '#libs/composition/eventstoredb.config';
import type { StoreLocation } from '#libs/composition/store.adapters';
import { CodedError } from '#libs/kernel';
import { setVariables } from '#libs/runtime';

const environment = z.object({
  CHAINKEEP_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:3000'),
  CHAINKEEP_TOKEN: z.string().min(1).optional(),
  CHAINKEEP_HOME: z.string().min(1).default('./.chainkeep'),
  DATABASE_URL: z.string().optional(),
  ...eventStoreVariables,
});

/** Where the service is and who asks. */
export type CliConfig = Readonly<{ url: string; token: string | undefined }>;

export type Env = Readonly<Record<string, string | undefined>>;

/** The key in the data directory, for the command line on the machine of the service. */
const keyIn = async (home: string): Promise<string | undefined> => {
  const text = await readFile(join(home, 'operator.key'), 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : text.trim();
};

const settingsOf = (env: Env): z.output<typeof environment> => {
  const parsed = environment.safeParse(setVariables(env));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new CodedError('CONFIG_INVALID', `${problems.join('; ')}.`);
};

/** Settings from the environment. Throws CONFIG_INVALID naming the variable. */
export const readCliConfig = async (env: Env): Promise<CliConfig> => {
  const { CHAINKEEP_URL: url, CHAINKEEP_TOKEN: token, CHAINKEEP_HOME: home } = settingsOf(env);
  return { url: url.replace(/\/+$/, '').replace(/\/api\/v1$/, ''), token: token ?? (await keyIn(home)) };
};

/** Where the store is, for commands that work without the service. */
export const readStoreLocation = (env: Env): StoreLocation => {
  const settings = settingsOf(env);
  const { DATABASE_URL: databaseUrl, CHAINKEEP_HOME: home } = settings;
  return { eventStore: toEventStoreLocation(settings), databaseUrl, home };
};
