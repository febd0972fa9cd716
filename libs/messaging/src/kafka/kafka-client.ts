import { readFileSync } from 'node:fs';
import kafkajs, { Kafka, logLevel, type SASLOptions } from 'kafkajs';
import { CodedError, isCodedError } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import type { KafkaSasl, KafkaSettings, KafkaTls } from './kafka-settings.js';

/*
 * The one file that imports kafkajs: the rest of this library takes from here what it needs (ADR 0059).
 */
export { CompressionTypes, Partitioners } from 'kafkajs';
export type {
  Admin,
  Consumer,
  EachBatchPayload,
  ITopicConfig,
  KafkaMessage,
  Message,
  PartitionMetadata,
  Producer,
  Transaction,
} from 'kafkajs';
/** CommonJS that Node finds no name for. */
export const { ConfigResourceTypes } = kafkajs;

const CONNECTION_TIMEOUT_MS = 5_000;
/** Each call retries for some seconds; after that its caller decides. */
export const KAFKA_RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 6 };

const readPem = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CodedError('CONFIG_INVALID', `The file ${file} can't be read.`, { cause: error });
  }
};

const tlsOf = ({ caFile, certFile, keyFile }: KafkaTls) => ({
  ...(caFile === undefined ? {} : { ca: [readPem(caFile)] }),
  ...(certFile === undefined ? {} : { cert: readPem(certFile) }),
  ...(keyFile === undefined ? {} : { key: readPem(keyFile) }),
});

const saslOf = ({ mechanism, username, password }: KafkaSasl): SASLOptions => ({
  mechanism,
  username,
  password,
});

/**
 * A client of the brokers. What the library logs as errors are warnings here: it retries by itself, and callers report
 * what it gives up. Throws CONFIG_INVALID when a TLS file can't be read.
 */
export const createKafka = (settings: KafkaSettings, log: BusLog): Kafka => {
  const { brokers, clientId, tls, sasl } = settings;
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls ? { ssl: tlsOf(tls) } : {}),
    ...(sasl ? { sasl: saslOf(sasl) } : {}),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    retry: KAFKA_RETRY,
    logLevel: logLevel.ERROR,
    logCreator:
      () =>
      ({ namespace, log: entry }) => {
        const { message, error, groupId } = entry as Readonly<Partial<Record<string, string>>> & typeof entry;
        log.warn('Kafka client: a call failed and is being retried.', {
          part: namespace,
          problem: message,
          ...(error === undefined ? {} : { cause: error }),
          ...(groupId === undefined ? {} : { groupId }),
        });
      },
  });
};

const DENIED = /SASL|AUTHORIZATION_FAILED|AUTHENTICATION|CLUSTER_AUTHORIZATION|certificate|self.signed/i;
const FENCED =
  /PRODUCER_FENCED|INVALID_PRODUCER_EPOCH|fenced|newer epoch|older? epoch|INVALID_PRODUCER_ID_MAPPING/i;

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { type, code } = error as Error & Readonly<{ type?: string; code?: string | number }>;
  const inner = error.cause instanceof Error ? ` (${textOf(error.cause)})` : '';
  return `${type ?? code ?? error.name}: ${error.message}${inner}`;
};

/** The library's error with a code of ours: RELAY_FENCED, BUS_DENIED or BUS_UNAVAILABLE. */
export const toBusError = (error: unknown, doing: string): CodedError => {
  if (isCodedError(error)) return error;
  const text = textOf(error);
  const code = FENCED.test(text) ? 'RELAY_FENCED' : DENIED.test(text) ? 'BUS_DENIED' : 'BUS_UNAVAILABLE';
  return new CodedError(code, `Kafka, ${doing}: ${text}.`, { cause: error });
};
