/**
 * platform owns what a process needs around its work: the real clock, lanes, the log, settings, the lock of the data
 * directory, an orderly end, and the catalogue of what there is.
 * It does not own any rule of the product, any transport or any store.
 */
export { Catalogue } from './catalogue.js';
export { HistoryQueries, type Page, type PageOptions } from './history-queries.js';
export { HomeLock } from './home-lock.js';
export { Lanes, type FailureDecision, type LanesOptions, type StepResult } from './lanes.js';
export { loadConfig } from './load-config.js';
export { Log, type LogFields } from './log.js';
export { NestLog } from './nest-log.js';
export {
  endpointOf,
  openNodeSecrets,
  sealNodeSecrets,
  type NodeConnection,
  type NodeSecrets,
} from './node-endpoint.js';
export { createLog, type LogLevel, type LogOptions } from './pino-log.js';
export { closeWorkOf } from './close-work.js';
export { keepOperatorKey, keptOperatorKey } from './operator-key-file.js';
export { reportAndExit } from './report-and-exit.js';
export { runUntilSignal, type RunUntilSignalOptions } from './run-until-signal.js';
export { redact } from './redact.js';
export { SystemClock } from './system-clock.js';
export { createServicePorts, systemContext, type Adapters, type ServicePorts } from './service-ports.js';
export { monitorOf, openNode, startClient } from './monitor-client.js';
export { managedBucketOf } from './managed-bucket.js';
export { LaneKeeper } from './lane-keeper.js';
export { packageVersion } from './package-version.js';
export { claimPlace, readSmall, takeOverPlace, type PlaceOwner } from './place.js';
export { checkTarget, openTarget } from './target-store.js';
