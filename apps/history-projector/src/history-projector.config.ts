import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

/** Settings of a history-projector process; CONFIG_INVALID with every problem. */
export const readHistoryProjectorConfig = (env: Readonly<Record<string, string | undefined>>) => ({
  distributed: toDistributedConfig('history-projector', loadConfig(z.object(distributedVariables), env)),
});
