import { z } from 'zod';
import { distributedVariables, stallTimeoutVariable, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

const environment = z.object({ ...distributedVariables, CHAINKEEP_STALL_TIMEOUT_MS: stallTimeoutVariable });

/** Settings of a scheduler process; CONFIG_INVALID with every problem. */
export const readSchedulerConfig = (env: Readonly<Record<string, string | undefined>>) => {
  const settings = loadConfig(environment, env);
  return {
    distributed: toDistributedConfig('scheduler', settings),
    stallTimeoutMs: settings.CHAINKEEP_STALL_TIMEOUT_MS,
  };
};
