import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

/** Settings of a consensus-resolver process; CONFIG_INVALID with every problem. */
export const readConsensusResolverConfig = (env: Readonly<Record<string, string | undefined>>) => ({
  distributed: toDistributedConfig('consensus-resolver', loadConfig(z.object(distributedVariables), env)),
});
