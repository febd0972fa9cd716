import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { signatureBuild } from '#libs/archive';
import { createChainkeepStreams } from '#libs/contracts';
import { claimTopics, ensureTopics, kafkaNames, type KafkaSettings, type TopicKind } from '#libs/messaging';
import {
  buildInfo,
  createLog,
  NestLog,
  reportAndExit,
  runUntilSignal,
  type BuildInfo,
  type Log,
  type OutageGate,
} from '#libs/runtime';
import { closeWorkOf, createServicePorts, gateOf, storeOutage, type ServicePorts } from '#libs/services';
import type { DistributedConfig } from './distributed.config.js';
import {
  everything,
  openDistributedAdapters,
  openKafkaBus,
  type DistributedAdapters,
} from './distributed.adapters.js';
import { serveHealth, type Gauges } from './health-server.js';
import { takeStagingSlot } from './staging-slot.js';

type Env = Readonly<Record<string, string | undefined>>;
type Bus = ReturnType<typeof openKafkaBus>;

/** Less than the 30 s that orchestrators wait before they kill. */
const STOP_MS = 25_000;

type HttpFace = Readonly<{ port: number; configure: (app: INestApplication) => void }>;

/** One service as a separate process: its name, its topics and its module. */
export type Service<Config extends Readonly<{ distributed: DistributedConfig }>> = Readonly<{
  name: string;
  /** Reads the environment; CONFIG_INVALID with every problem. */
  config: (env: Env) => Config;
  module: (ports: ServicePorts, config: Config, build: BuildInfo) => DynamicModule;
  /** What it consumes; a service that only follows the store has none. */
  topics?: readonly TopicKind[];
  /** It publishes to them: they must be this installation's before it begins. */
  publishes?: true;
  /** What fails or is suspended when one of its messages can't be handled. */
  closes?: 'backup' | 'target';
  /** It keeps files in flight on its disk. */
  stages?: boolean;
  /** A service with its own HTTP server serves its health too. */
  http?: (config: Config) => HttpFace;
  /** Once it runs. */
  started?: (ports: ServicePorts, config: Config) => Promise<void>;
}>;

type Part = Readonly<{ close: () => Promise<void> }>;
/** `url`: where its health is. */
type Running = Part & Readonly<{ url: string }>;

/** Closes in the order of closing, each also when one before failed; rejects with the first failure. */
const closeAll = async (parts: readonly Part[]): Promise<void> => {
  const failures: unknown[] = [];
  for (const part of parts) await part.close().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
};

const busOf = (
  { name, topics = [], closes }: Pick<Service<never>, 'name' | 'topics' | 'closes'>,
  { adapters, deadLetters, gate }: DistributedAdapters & Readonly<{ gate: OutageGate }>,
  { kafka }: DistributedConfig,
): Bus | undefined => {
  if (topics.length === 0) return undefined;
  const { clock, log, store } = adapters;
  const streams = createChainkeepStreams(store);
  const closing = closes === undefined ? {} : { closeWork: closeWorkOf(closes, { streams, clock }) };
  const names = kafkaNames(kafka.prefix).topics;
  return openKafkaBus({
    service: name,
    kafka,
    topics: topics.map((kind) => names[kind]),
    deadLetters,
    gate,
    clock,
    log,
    ...closing,
  });
};

const ownershipOf = (
  kind: TopicKind,
  {
    bus,
    topics,
    kafka,
  }: Readonly<{ bus: Bus | undefined; topics: readonly TopicKind[]; kafka: KafkaSettings }>,
) =>
  bus !== undefined && topics.includes(kind)
    ? bus.ownership(kafkaNames(kafka.prefix).topics[kind])
    : everything;

/** The code of what keeps a process from working. */
const blockedBy = async (ports: ServicePorts, bus: Bus | undefined): Promise<string | undefined> =>
  (await storeOutage(ports))?.code ??
  (bus === undefined || bus.state().joined ? undefined : 'BUS_UNAVAILABLE');

const gaugesOf = (bus: Bus | undefined): Gauges => {
  if (bus === undefined) return {};
  const { joined, assigned, waiting } = bus.state();
  return {
    chainkeep_bus_joined: { help: 'Has the process joined its consumer group?', value: Number(joined) },
    chainkeep_bus_partitions: {
      help: 'Partitions assigned to the process.',
      value: Object.values(assigned).flat().length,
    },
    chainkeep_bus_waiting: { help: 'Keys that wait for a retry.', value: waiting.length },
  };
};

/** A service with its own HTTP server; health is one of its routes. */
const listenHttp = async (
  module: DynamicModule,
  { port, configure, host }: HttpFace & Readonly<{ host: string }>,
  log: Log,
): Promise<Running> => {
  const app = await NestFactory.create(module, { logger: new NestLog(log), bodyParser: false });
  configure(app);
  await app.listen(port, host);
  return { url: await app.getUrl(), close: () => app.close() };
};

const listenBus = async (module: DynamicModule, bus: Bus | undefined, log: Log): Promise<Part> => {
  const logger = new NestLog(log);
  if (bus === undefined) return NestFactory.createApplicationContext(module, { logger });
  const service = await NestFactory.createMicroservice(module, { strategy: bus, logger });
  await service.listen();
  return service;
};

const listenWithHealth = async (
  module: DynamicModule,
  parts: Readonly<{
    name: string;
    build: BuildInfo;
    ports: ServicePorts;
    bus: Bus | undefined;
    publishes: boolean;
    distributed: DistributedConfig;
  }>,
): Promise<Running> => {
  const { name, build, ports, bus, publishes, distributed } = parts;
  const health = await serveHealth({
    service: name,
    build,
    host: distributed.host,
    port: distributed.healthPort,
    blocked: () => blockedBy(ports, bus),
    gauges: () => gaugesOf(bus),
  });
  if (bus !== undefined || publishes) {
    await ensureTopics(distributed.kafka, ports);
    await claimTopics(distributed.kafka, ports);
  }
  const app = await listenBus(module, bus, ports.log);
  return { url: health.url, close: () => closeAll([app, health]) };
};

const start = async <Config extends Readonly<{ distributed: DistributedConfig }>>(
  service: Service<Config>,
  config: Config,
  { env, log }: Readonly<{ env: Env; log: Log }>,
): Promise<Part> => {
  const { distributed } = config;
  const { topics = [] } = service;
  const opened = await openDistributedAdapters(distributed, env, log);
  const staging = service.stages ? await takeStagingSlot(distributed.home) : undefined;
  const gate = gateOf(opened.adapters);
  const bus = busOf(service, { ...opened, gate }, distributed);
  const ownership = { bus, topics, kafka: distributed.kafka };
  const ports = createServicePorts({
    ...opened.adapters,
    staging: staging?.path ?? '',
    environmentOwnership: ownershipOf('events', ownership),
    targetOwnership: ownershipOf('deliveries', ownership),
    gate,
  });
  const build = await buildInfo(import.meta.url);
  const module = service.module(ports, config, build);
  const http = service.http?.(config);
  const app = http
    ? await listenHttp(module, { ...http, host: distributed.host }, log)
    : await listenWithHealth(module, {
        ...{ name: service.name, build, ports, bus, distributed },
        publishes: service.publishes === true,
      });
  await service.started?.(ports, config);
  log.info('Running.', { url: app.url, secp256k1: signatureBuild });
  const nodes = { close: () => ports.nodes.closeAll() };
  const slot = { close: async () => staging?.release() };
  return { close: () => closeAll([app, nodes, opened, slot]) };
};

/**
 * Runs one replica of a service until a signal: the adapters that the environment names, its own place on the bus,
 * health on a separate port. A start that fails says why on stderr and ends the process.
 */
export const runService = async <Config extends Readonly<{ distributed: DistributedConfig }>>(
  service: Service<Config>,
  env: Env,
): Promise<void> => {
  try {
    const config = service.config(env);
    const log = createLog({ level: config.distributed.logLevel }).with({ service: service.name });
    const running = await start(service, config, { env, log });
    runUntilSignal({ log, deadlineMs: STOP_MS, stop: () => running.close() });
  } catch (error) {
    reportAndExit(error);
  }
};
