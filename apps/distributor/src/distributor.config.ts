import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/distributed';
import { loadConfig } from '#libs/platform';

const environment = z.object({
  ...distributedVariables,
  CHAINKEEP_TRANSFERS_MAX: z.coerce.number().int().min(1).max(1_000).optional(),
  CHAINKEEP_TRANSFER_BYTES_PER_SECOND: z.coerce.number().int().min(1).optional(),
});

/** Settings of a distributor process; CONFIG_INVALID with every problem. */
export const readDistributorConfig = (env: Readonly<Record<string, string | undefined>>) => {
  const settings = loadConfig(environment, env);
  const { CHAINKEEP_TRANSFERS_MAX: transfersMax, CHAINKEEP_TRANSFER_BYTES_PER_SECOND: bytesPerSecondMax } =
    settings;
  return {
    distributed: toDistributedConfig('distributor', settings),
    /** Limits of all deliveries of this process; left out, the distributor's own hold. */
    delivery: {
      ...(transfersMax === undefined ? {} : { transfersMax }),
      ...(bytesPerSecondMax === undefined ? {} : { bytesPerSecondMax }),
    },
  };
};
