import { z } from 'zod';
import { distributedVariables, stallTimeoutVariable, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

const environment = z.object({
  ...distributedVariables,
  CHAINKEEP_STALL_TIMEOUT_MS: stallTimeoutVariable,
  CHAINKEEP_GATHER_SHARE: z.coerce.number().gt(0).max(1).default(1),
});

/** Settings of an exporter process; CONFIG_INVALID with every problem. */
export const readExporterConfig = (env: Readonly<Record<string, string | undefined>>) => {
  const settings = loadConfig(environment, env);
  return {
    distributed: toDistributedConfig('exporter', settings),
    monitorShare: settings.CHAINKEEP_GATHER_SHARE,
    stallTimeoutMs: settings.CHAINKEEP_STALL_TIMEOUT_MS,
  };
};
