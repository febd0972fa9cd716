import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

const environment = z.object(distributedVariables);

/** Settings of a relay process; CONFIG_INVALID with every problem. */
export const readRelayConfig = (env: Readonly<Record<string, string | undefined>>) => ({
  distributed: toDistributedConfig('relay', loadConfig(environment, env)),
});
