import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

const PORT_MAX = 65_535;
/** Where the build puts the console. */
const CONSOLE = fileURLToPath(new URL('../../../console', import.meta.url));
const environment = z.object({
  ...distributedVariables,
  CHAINKEEP_PORT: z.coerce.number().int().min(0).max(PORT_MAX).default(3_000),
  CHAINKEEP_CONSOLE: z.string().default(CONSOLE),
});

/** Settings of an admin-api process; CONFIG_INVALID with every problem. */
export const readAdminApiConfig = (env: Readonly<Record<string, string | undefined>>) => {
  const settings = loadConfig(environment, env);
  return {
    distributed: toDistributedConfig('admin-api', settings),
    port: settings.CHAINKEEP_PORT,
    consoleFolder: resolve(settings.CHAINKEEP_CONSOLE),
  };
};
