import { z } from 'zod';
import { kafkaNames } from './topics.js';

const BROKER = /^(\[[0-9a-fA-F:]+\]|[^\s:,]+):\d{1,5}$/;
const PARTITIONS_MAX = 1_000;

export type KafkaSasl = Readonly<{
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}>;

/** Files in PEM form; the authorities of the machine apply without `caFile`. */
export type KafkaTls = Readonly<{
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
}>;

/** How a process reaches Kafka, and what topics it makes when they are not there. */
export type KafkaSettings = Readonly<{
  brokers: readonly string[];
  /** Before every name on the cluster; see `kafkaNames`. */
  prefix: string;
  clientId: string;
  tls?: KafkaTls | undefined;
  sasl?: KafkaSasl | undefined;
  /** After this long without a heartbeat a consumer's partitions go to others, in ms. */
  sessionTimeoutMs: number;
  /** Partitions of each topic that is shared out. */
  partitions: number;
  /** Copies of each partition; -1 leaves it to the broker. */
  replicationFactor: number;
}>;

/**
 * The value of each variable, for the config of an app to spell: `z.object({ KAFKA_BROKERS: kafkaVariables.brokers,
 * ... })`, then `toKafkaSettings`.
 */
export const kafkaVariables = {
  /** `host:port,host:port` */
  brokers: z
    .string()
    .transform((list) => list.split(',').map((broker) => broker.trim()))
    .pipe(z.array(z.string().regex(BROKER, 'host:port is expected, several with commas between')).min(1)),
  prefix: z
    .string()
    .regex(/^[a-z0-9]+$/, 'lower case letters and digits are expected')
    .max(40)
    .default('chainkeep'),
  tls: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  file: z.string().optional(),
  saslMechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  saslUsername: z.string().optional(),
  saslPassword: z.string().optional(),
  sessionTimeoutMs: z.coerce.number().int().min(6_000).max(300_000).default(30_000),
  partitions: z.coerce.number().int().min(1).max(PARTITIONS_MAX).default(6),
  replicationFactor: z.coerce.number().int().min(-1).max(100).default(-1),
};

export type KafkaVariables = Readonly<{
  brokers: readonly string[];
  prefix: string;
  tls: boolean;
  caFile?: string | undefined;
  certFile?: string | undefined;
  keyFile?: string | undefined;
  saslMechanism?: KafkaSasl['mechanism'] | undefined;
  saslUsername?: string | undefined;
  saslPassword?: string | undefined;
  sessionTimeoutMs: number;
  partitions: number;
  replicationFactor: number;
}>;

/** The settings of a service from the variables' values. A file of TLS or a mechanism of SASL switches it on. */
export const toKafkaSettings = (service: string, variables: KafkaVariables): KafkaSettings => {
  const { brokers, prefix, tls, caFile, certFile, keyFile, sessionTimeoutMs, partitions, replicationFactor } =
    variables;
  const { saslMechanism, saslUsername = '', saslPassword = '' } = variables;
  const encrypted = tls || [caFile, certFile, keyFile].some((file) => file !== undefined);
  return {
    brokers,
    prefix,
    clientId: kafkaNames(prefix).clientIdOf(service),
    tls: encrypted ? { caFile, certFile, keyFile } : undefined,
    sasl:
      saslMechanism === undefined
        ? undefined
        : { mechanism: saslMechanism, username: saslUsername, password: saslPassword },
    sessionTimeoutMs,
    partitions,
    replicationFactor,
  };
};
