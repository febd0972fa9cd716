import type { DynamicModule, INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { signatureBuild } from '#libs/archive';
import { createChainkeepStreams } from '#libs/contracts';
import { GuardedEventStore } from '#libs/event-store';
import { CodedError, type Clock } from '#libs/kernel';
import { claimTopics, ensureTopics, kafkaNames, type KafkaSettings, type TopicKind } from '#libs/messaging';
import {
  buildInfo,
  createLog,
  NestLog,
  reportAndExit,
  runUntilSignal,
  SystemClock,
  untilThere,
  type BuildInfo,
  type Log,
  type OutageGate,
} from '#libs/runtime';
import { closeWorkOf, createServicePorts, gateOf, type ServicePorts } from '#libs/services';
import type { DistributedConfig } from './distributed.config.js';
import {
  everything,
  hostsOf,
  openDistributedAdapters,
  openKafkaBus,
  type DistributedAdapters,
} from './distributed.adapters.js';
import { serveHealth, type Gauges, type HealthServer } from './health-server.js';
import { Beginning } from './beginning.js';
import { JoinedAdapter } from './joined.adapter.js';
import { takeStagingSlot } from './staging-slot.js';

type Env = Readonly<Record<string, string | undefined>>;
type Bus = ReturnType<typeof openKafkaBus>;

/** Less than the 30 s that orchestrators wait before they kill. */
const STOP_MS = 25_000;

/** The ports of a service and where it is remembered what the store was. */
export type DistributedPorts = ServicePorts & Pick<DistributedAdapters, 'storeMemory'>;

type HttpFace = Readonly<{ port: number; configure: (app: INestApplication) => void }>;

/** One service as a separate process: its name, its topics and its module. */
export type Service<Config extends Readonly<{ distributed: DistributedConfig }>> = Readonly<{
  name: string;
  /** Reads the environment; CONFIG_INVALID with every problem. */
  config: (env: Env) => Config;
  module: (ports: DistributedPorts, config: Config, build: BuildInfo) => DynamicModule;
  /** It shows or prepares what the store holds, so it may read an older copy; without it nothing is done on one. */
  views?: true;
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

/** What keeps a process from working. */
const blockedBy = async (gate: OutageGate, bus: Bus | undefined, kafka: KafkaSettings) =>
  (await gate.blocked()) ??
  (bus === undefined || bus.state().joined
    ? undefined
    : { error: notJoined(kafka), since: bus.state().since });

const notJoined = ({ brokers }: KafkaSettings): CodedError =>
  new CodedError('BUS_UNAVAILABLE', 'The process has not joined its consumer group.', {
    context: { host: brokers.join(',') },
  });

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

/** A service with its own HTTP server takes over the one that served its health until now. */
const joinHttp = async (
  module: DynamicModule,
  { health, configure }: Pick<HttpFace, 'configure'> & Readonly<{ health: HealthServer }>,
  log: Log,
): Promise<Part> => {
  const options = { logger: new NestLog(log), bodyParser: false };
  const app = await NestFactory.create(module, new JoinedAdapter(health), options);
  configure(app);
  await app.listen(0);
  return app;
};

const listenBus = async (module: DynamicModule, bus: Bus | undefined, log: Log): Promise<Part> => {
  const logger = new NestLog(log);
  if (bus === undefined) return NestFactory.createApplicationContext(module, { logger });
  const service = await NestFactory.createMicroservice(module, { strategy: bus, logger });
  await service.listen();
  return service;
};

type Face = Readonly<{
  beginning: Beginning;
  health: HealthServer;
  clock: Clock;
  log: Log;
  build: BuildInfo;
}>;

/** The topics are there, and this installation's, before anything is consumed or published. */
const prepareBus = async (
  { kafka }: DistributedConfig,
  ports: ServicePorts,
  { beginning, clock, log }: Face,
): Promise<void> => {
  const host = kafka.brokers.join(',');
  await untilThere(
    async () => {
      await ensureTopics(kafka, ports);
      await claimTopics(kafka, ports);
    },
    {
      clock,
      log,
      waiting: (error) => {
        beginning.waits(error, host);
      },
    },
  );
};

const open = async <Config extends Readonly<{ distributed: DistributedConfig }>>(
  service: Service<Config>,
  config: Config,
  { env, face }: Readonly<{ env: Env; face: Face }>,
): Promise<Part> => {
  const { distributed } = config;
  const { topics = [], http } = service;
  const { beginning, health, clock, log } = face;
  const patience = {
    clock,
    log,
    waiting: (error: CodedError) => {
      beginning.waits(error);
    },
  };
  const found = await untilThere(() => openDistributedAdapters(distributed, env, log), patience);
  const { storeMemory, guard } = found;
  const store = new GuardedEventStore(found.adapters.store, guard, service.views ? 'view' : 'work');
  const storeProblem = () => guard.outage();
  const opened = { ...found, adapters: { ...found.adapters, store, storeProblem } };
  const staging = service.stages ? await takeStagingSlot(distributed.home) : undefined;
  const gate = gateOf(opened.adapters);
  const bus = busOf(service, { ...opened, gate }, distributed);
  const ownership = { bus, topics, kafka: distributed.kafka };
  const services = createServicePorts({
    ...opened.adapters,
    staging: staging?.path ?? '',
    environmentOwnership: ownershipOf('events', ownership),
    targetOwnership: ownershipOf('deliveries', ownership),
    gate,
  });
  const ports = { ...services, storeMemory };
  if (bus !== undefined || service.publishes === true) await prepareBus(distributed, ports, face);
  beginning.asks(() => blockedBy(gate, bus, distributed.kafka));
  health.measures(() => gaugesOf(bus));
  const module = service.module(ports, config, face.build);
  const app = http
    ? await joinHttp(module, { ...http(config), health }, log)
    : await listenBus(module, bus, log);
  await untilThere(async () => service.started?.(ports, config), patience);
  const nodes = { close: () => ports.nodes.closeAll() };
  const slot = { close: async () => staging?.release() };
  return { close: () => closeAll([app, nodes, opened, slot]) };
};

/**
 * Runs one replica of a service until a signal: the adapters that the environment names, its own place on the bus,
 * health on a separate port. Health is there first; stores and brokers are waited for without end. A start that fails for
 * another reason says why on stderr and ends the process.
 */
export const runService = async <Config extends Readonly<{ distributed: DistributedConfig }>>(
  service: Service<Config>,
  env: Env,
): Promise<void> => {
  try {
    const config = service.config(env);
    const { distributed } = config;
    const log = createLog({ level: distributed.logLevel }).with({ service: service.name });
    const clock = new SystemClock();
    const build = await buildInfo(import.meta.url);
    const beginning = new Beginning(clock.nowMs(), hostsOf(distributed));
    const health = await serveHealth({
      service: service.name,
      build,
      host: distributed.host,
      port: service.http?.(config).port ?? distributed.healthPort,
      blocked: () => beginning.blocked(),
    });
    let running: Part = { close: () => Promise.resolve() };
    runUntilSignal({ log, deadlineMs: STOP_MS, stop: () => closeAll([running, health]) });
    running = await open(service, config, { env, face: { beginning, health, clock, log, build } });
    log.info('Running.', { url: health.url, secp256k1: signatureBuild });
  } catch (error) {
    reportAndExit(error);
  }
};
