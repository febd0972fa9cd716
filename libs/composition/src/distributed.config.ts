import { resolve } from 'node:path';
import { z } from 'zod';
import { kafkaVariables, toKafkaSettings, type KafkaSettings } from '#libs/messaging';
import type { LogLevel } from '#libs/runtime';
import {
  checkedEventStoreUrl,
  eventStoreVariables,
  toEventStoreLocation,
  type EventStoreDbLocation,
} from './eventstoredb.config.js';
import { objectStoreVariables, toObjectStoreConfig, type ObjectStoreConfig } from './object-store.config.js';

const PORT_MAX = 65_535;
const port = z.coerce.number().int().min(0).max(PORT_MAX);

/** What every service of the distributed mode reads; the config of a service adds its own. */
export const distributedVariables = {
  KAFKA_BROKERS: kafkaVariables.brokers,
  KAFKA_PREFIX: kafkaVariables.prefix,
  KAFKA_TLS: kafkaVariables.tls,
  KAFKA_TLS_CA_FILE: kafkaVariables.file,
  KAFKA_TLS_CERT_FILE: kafkaVariables.file,
  KAFKA_TLS_KEY_FILE: kafkaVariables.file,
  KAFKA_SASL_MECHANISM: kafkaVariables.saslMechanism,
  KAFKA_SASL_USERNAME: kafkaVariables.saslUsername,
  KAFKA_SASL_PASSWORD: kafkaVariables.saslPassword,
  KAFKA_SESSION_TIMEOUT_MS: kafkaVariables.sessionTimeoutMs,
  KAFKA_PARTITIONS: kafkaVariables.partitions,
  KAFKA_REPLICATION_FACTOR: kafkaVariables.replicationFactor,
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'postgres://... is expected'),
  ...eventStoreVariables,
  EVENTSTORE_URL: checkedEventStoreUrl,
  CHAINKEEP_SECRET_KEY: z.string().min(43, '32 bytes as 64 hex digits or base64 are expected'),
  CHAINKEEP_CONFIG: z.string().optional(),
  CHAINKEEP_HOME: z.string().default('./.chainkeep'),
  CHAINKEEP_HOST: z.string().default('127.0.0.1'),
  CHAINKEEP_HEALTH_PORT: port.default(8_080),
  ...objectStoreVariables,
  CHAINKEEP_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
};

/** The value of CHAINKEEP_STALL_TIMEOUT_MS; scheduler and exporter must be given the same. */
export const stallTimeoutVariable = z.coerce.number().int().min(1_000).optional();

type Variables = z.output<z.ZodObject<typeof distributedVariables>>;

/** What a process of the distributed mode needs to know before it starts. */
export type DistributedConfig = Readonly<{
  kafka: KafkaSettings;
  /** PostgreSQL: read models, secrets, dead letters and, without `eventStore`, the events. */
  databaseUrl: string;
  /** EventStoreDB or KurrentDB. */
  eventStore: EventStoreDbLocation | undefined;
  secretKey: string;
  /** The network file; its node controllers are this server's. `chainkeep apply` brings the rest to what it says. */
  networkFile: string | undefined;
  home: string;
  host: string;
  /** Of /livez, /readyz and /metrics; 0 takes any. */
  healthPort: number;
  logLevel: LogLevel;
  objectStores: ObjectStoreConfig;
}>;

/** The config from the variables of `distributedVariables`. */
export const toDistributedConfig = (service: string, variables: Variables): DistributedConfig => ({
  kafka: toKafkaSettings(service, {
    brokers: variables.KAFKA_BROKERS,
    prefix: variables.KAFKA_PREFIX,
    tls: variables.KAFKA_TLS,
    caFile: variables.KAFKA_TLS_CA_FILE,
    certFile: variables.KAFKA_TLS_CERT_FILE,
    keyFile: variables.KAFKA_TLS_KEY_FILE,
    saslMechanism: variables.KAFKA_SASL_MECHANISM,
    saslUsername: variables.KAFKA_SASL_USERNAME,
    saslPassword: variables.KAFKA_SASL_PASSWORD,
    sessionTimeoutMs: variables.KAFKA_SESSION_TIMEOUT_MS,
    partitions: variables.KAFKA_PARTITIONS,
    replicationFactor: variables.KAFKA_REPLICATION_FACTOR,
  }),
  databaseUrl: variables.DATABASE_URL,
  eventStore: toEventStoreLocation(variables),
  secretKey: variables.CHAINKEEP_SECRET_KEY,
  networkFile: variables.CHAINKEEP_CONFIG,
  home: resolve(variables.CHAINKEEP_HOME),
  host: variables.CHAINKEEP_HOST,
  healthPort: variables.CHAINKEEP_HEALTH_PORT,
  logLevel: variables.CHAINKEEP_LOG_LEVEL,
  objectStores: toObjectStoreConfig(variables),
});
