import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

const environment = z.object(distributedVariables);

/** Settings of a request intake process; CONFIG_INVALID with every problem. */
export const readRequestIntakeConfig = (env: Readonly<Record<string, string | undefined>>) => ({
  distributed: toDistributedConfig('request-intake', loadConfig(environment, env)),
});
