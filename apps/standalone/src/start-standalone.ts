import { join } from 'node:path';
import type { DynamicModule, INestApplication, INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GuardedEventStore, type GuardedUse } from '#libs/event-store';
import type { Clock, CodedError } from '#libs/kernel';
import { EmbeddedBusServer } from '#libs/messaging/adapters/embedded-bus.server';
import {
  HomeLock,
  NestLog,
  SystemClock,
  buildInfo,
  untilThere,
  type BuildInfo,
  type Log,
} from '#libs/runtime';
import { closeWorkOf, createServicePorts, type ServicePorts } from '#libs/services';
import { AdminApiModule, configureAdminApi } from '../../admin-api/src/index.js';
import { ConsensusResolverModule } from '../../consensus-resolver/src/consensus-resolver.module.js';
import { DistributorModule } from '../../distributor/src/index.js';
import { ExporterModule } from '../../exporter/src/exporter.module.js';
import { HistoryProjectorModule } from '../../history-projector/src/index.js';
import { NotifierModule } from '../../notifier/src/notifier.module.js';
import { SchedulerModule } from '../../scheduler/src/scheduler.module.js';
import { signatureBuild } from '#libs/archive';
import {
  Beginning,
  JoinedAdapter,
  openStandaloneAdapters,
  serveHealth,
  type HealthServer,
  type LocalFile,
  type StandaloneAdapters,
} from '#libs/composition/standalone.adapters';
import type { StandaloneConfig } from './standalone.config.js';

/** How long a start is silent about what it waits for. */
const SAID_AFTER_MS = 15_000;

/** All services of the product in one process. */
export type Standalone = Readonly<{ ports: ServicePorts; url: string; stop: () => Promise<void> }>;

export type StartOptions = Readonly<{
  config: StandaloneConfig;
  log: Log;
  /** The loopback demo asks for no key. */
  open: boolean;
  /** What of the network file of this server holds for it alone. */
  local?: LocalFile;
  /** Wraps adapters, as tests of crashes do. */
  decorate?: (adapters: StandaloneAdapters) => StandaloneAdapters;
}>;

type Service = Readonly<{ name: string; module: DynamicModule; closes?: 'backup' | 'target' }>;

const startService = async (
  { name, module, closes }: Service,
  ports: ServicePorts,
  { store, checkpoints, deadLetters, clock, log }: StandaloneAdapters,
): Promise<INestMicroservice> => {
  const closing = closes === undefined ? {} : { closeWork: closeWorkOf(closes, ports) };
  const service = await NestFactory.createMicroservice(module, {
    strategy: new EmbeddedBusServer({
      consumer: name,
      store,
      checkpoints,
      deadLetters,
      gate: ports.gate,
      clock,
      log,
      ...closing,
    }),
    logger: new NestLog(log),
  });
  await service.listen();
  return service;
};

const startApi = async (
  ports: ServicePorts,
  { health, build }: Readonly<{ health: HealthServer; build: BuildInfo }>,
  { config, open, log }: StartOptions,
): Promise<INestApplication> => {
  const module = AdminApiModule.register(ports, { open, ...build, consoleFolder: config.consoleFolder });
  const options = { logger: new NestLog(log), bodyParser: false };
  const api = await NestFactory.create(module, new JoinedAdapter(health), options);
  configureAdminApi(api);
  await api.listen(0);
  return api;
};

type Patience = Readonly<{ clock: Clock; log: Log; waiting: (error: CodedError, waitedMs: number) => void }>;

/** Health is there before anything is opened. */
const listen = async (
  { config }: StartOptions,
  { build, clock }: Readonly<{ build: BuildInfo; clock: Clock }>,
): Promise<Readonly<{ health: HealthServer; beginning: Beginning }>> => {
  const file = join(config.home, 'chainkeep.db');
  const beginning = new Beginning(clock.nowMs(), { events: file, readModels: file });
  const { host, port } = config;
  const service = 'standalone';
  const health = await serveHealth({ service, build, host, port, blocked: () => beginning.blocked() });
  return { health, beginning };
};

const says = (error: CodedError): string =>
  `Chainkeep is waiting, and starts by itself then. ${error.message}\n`;

/** The console says once what a start that takes long waits for. */
const patienceOf = (beginning: Beginning, { log }: StartOptions, clock: Clock): Patience => {
  let isSaid = false;
  const waiting = (error: CodedError, waitedMs: number): void => {
    beginning.waits(error);
    if (isSaid || waitedMs < SAID_AFTER_MS) return;
    isSaid = true;
    process.stdout.write(says(error));
  };
  return { clock, log, waiting };
};

/** Starts every service over the embedded adapters, as its own Nest application with its own place in the store. */
export const startStandalone = async (options: StartOptions): Promise<Standalone> => {
  const { config, log, decorate = (opened: StandaloneAdapters) => opened } = options;
  const clock = new SystemClock();
  const build = await buildInfo(import.meta.url);
  const lock = await HomeLock.acquire(config.home);
  const { health, beginning } = await listen(options, { build, clock });
  const adapters = decorate(
    await untilThere(
      () => openStandaloneAdapters(config, log, options.local),
      patienceOf(beginning, options, clock),
    ),
  );
  const behind = (use: GuardedUse): StandaloneAdapters => ({
    ...adapters,
    store: new GuardedEventStore(adapters.store, adapters.guard, use),
    storeProblem: () => adapters.guard.outage(),
  });
  const [workers, viewers] = [behind('work'), behind('view')];
  const [ports, views] = [createServicePorts(workers), createServicePorts(viewers)];
  const { webhookUrl, webhookSecret } = config;
  const notify = { ...(webhookUrl ? { webhookUrl } : {}), ...(webhookSecret ? { webhookSecret } : {}) };
  const parts: readonly Service[] = [
    { name: 'history-projector', module: HistoryProjectorModule.register(views) },
    { name: 'scheduler', module: SchedulerModule.register(ports) },
    { name: 'consensus-resolver', module: ConsensusResolverModule.register(ports), closes: 'backup' },
    {
      name: 'exporter',
      module: ExporterModule.register(ports, { monitorShare: config.gatherShare }),
      closes: 'backup',
    },
    { name: 'distributor', module: DistributorModule.register(ports, config.delivery), closes: 'target' },
    { name: 'notifier', module: NotifierModule.register(ports, notify) },
  ];
  const services: INestMicroservice[] = [];
  for (const part of parts) services.push(await startService(part, ports, workers));
  const api = await startApi(views, { health, build }, options);
  log.info('Running.', { url: await api.getUrl(), secp256k1: signatureBuild });
  const stop = async (): Promise<void> => {
    await api.close();
    await health.close();
    await Promise.all(services.map((service) => service.close()));
    await ports.nodes.closeAll();
    await adapters.close();
    await lock.release();
  };
  return { ports: views, url: await api.getUrl(), stop };
};
