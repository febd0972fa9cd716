import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import {
  objectStoreVariables,
  toObjectStoreConfig,
  type ObjectStoreConfig,
} from '#libs/composition/object-store.config';
import { CodedError } from '#libs/kernel';
import { loadConfig, type LogLevel } from '#libs/runtime';
import { deliveryVariables, toDeliveryLimits, type DeliveryOptions } from '../../distributor/src/index.js';

const PORT_MAX = 65_535;

/** Where a build puts the console; a packaged installation may keep it elsewhere. */
const CONSOLE = fileURLToPath(new URL('../../../console', import.meta.url));

const environment = z.object({
  CHAINKEEP_HOME: z.string().default('./.chainkeep'),
  CHAINKEEP_PORT: z.coerce.number().int().min(0).max(PORT_MAX).default(3_000),
  CHAINKEEP_HOST: z.string().default('127.0.0.1'),
  CHAINKEEP_CONFIG: z.string().optional(),
  CHAINKEEP_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  ...objectStoreVariables,
  CHAINKEEP_SECRET_KEY: z.string().optional(),
  CHAINKEEP_WEBHOOK_URL: z.url().optional(),
  CHAINKEEP_WEBHOOK_SECRET: z.string().min(16).optional(),
  CHAINKEEP_CONSOLE: z.string().default(CONSOLE),
  ...deliveryVariables,
  CHAINKEEP_GATHER_SHARE: z.coerce.number().gt(0).max(1).default(1),
  CHAINKEEP_DEMO_PERIOD_MS: z.coerce.number().int().min(10).default(1_000),
});

/** What one process needs to know before it starts. */
export type StandaloneConfig = Readonly<{
  home: string;
  port: number;
  host: string;
  /** The network file; without one the demo network runs. */
  networkFile: string | undefined;
  logLevel: LogLevel;
  objectStores: ObjectStoreConfig;
  secretKey: string | undefined;
  webhookUrl: string | undefined;
  webhookSecret: string | undefined;
  /** Part of the monitor's time that gathering may take, in (0, 1]. */
  gatherShare: number;
  demoPeriodMs: number;
  /** The built console. */
  consoleFolder: string;
  /** Limits of all deliveries together; left out, the distributor's own hold. */
  delivery: Partial<DeliveryOptions>;
}>;

const USAGE = 'Usage: npm start [-- --config network.yaml]';

const configArgument = (argv: readonly string[]): string | undefined => {
  const [option, file, ...rest] = argv;
  if (option === undefined) return undefined;
  if (option.startsWith('--config=') && file === undefined) return option.slice('--config='.length);
  if (option === '--config' && file !== undefined && rest.length === 0) return file;
  throw new CodedError('CONFIG_INVALID', `Unknown arguments: ${argv.join(' ')}. ${USAGE}`);
};

/** Settings from arguments and environment; CONFIG_INVALID with every problem. */
export const readStandaloneConfig = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StandaloneConfig => {
  const settings = loadConfig(environment, env);
  return {
    home: resolve(settings.CHAINKEEP_HOME),
    port: settings.CHAINKEEP_PORT,
    host: settings.CHAINKEEP_HOST,
    networkFile: configArgument(argv) ?? settings.CHAINKEEP_CONFIG,
    logLevel: settings.CHAINKEEP_LOG_LEVEL,
    objectStores: toObjectStoreConfig(settings),
    secretKey: settings.CHAINKEEP_SECRET_KEY,
    webhookUrl: settings.CHAINKEEP_WEBHOOK_URL,
    webhookSecret: settings.CHAINKEEP_WEBHOOK_SECRET,
    gatherShare: settings.CHAINKEEP_GATHER_SHARE,
    demoPeriodMs: settings.CHAINKEEP_DEMO_PERIOD_MS,
    consoleFolder: resolve(settings.CHAINKEEP_CONSOLE),
    delivery: toDeliveryLimits(settings),
  };
};
