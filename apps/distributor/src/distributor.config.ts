import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';
import { deliveryVariables, toDeliveryLimits } from './delivery.options.js';

const environment = z.object({
  ...distributedVariables,
  ...deliveryVariables,
});

/** Settings of a distributor process; CONFIG_INVALID with every problem. */
export const readDistributorConfig = (env: Readonly<Record<string, string | undefined>>) => {
  const settings = loadConfig(environment, env);
  return {
    distributed: toDistributedConfig('distributor', settings),
    /** Limits of all deliveries of this process; left out, the distributor's own hold. */
    delivery: toDeliveryLimits(settings),
  };
};
