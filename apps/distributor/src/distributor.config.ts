import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/distributed';
import { loadConfig } from '#libs/platform';

/** Settings of a distributor process; CONFIG_INVALID with every problem. */
export const readDistributorConfig = (env: Readonly<Record<string, string | undefined>>) => ({
  distributed: toDistributedConfig('distributor', loadConfig(z.object(distributedVariables), env)),
});
