import { z } from 'zod';
import { distributedVariables, toDistributedConfig } from '#libs/composition';
import { loadConfig } from '#libs/runtime';

const environment = z.object({
  ...distributedVariables,
  CHAINKEEP_WEBHOOK_URL: z.url().optional(),
  CHAINKEEP_WEBHOOK_SECRET: z.string().min(16).optional(),
});

/** Settings of a notifier process; CONFIG_INVALID with every problem. */
export const readNotifierConfig = (env: Readonly<Record<string, string | undefined>>) => {
  const settings = loadConfig(environment, env);
  return {
    distributed: toDistributedConfig('notifier', settings),
    webhookUrl: settings.CHAINKEEP_WEBHOOK_URL,
    webhookSecret: settings.CHAINKEEP_WEBHOOK_SECRET,
  };
};
