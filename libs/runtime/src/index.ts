/**
 * runtime owns what a process needs around its work: the real clock, lanes, the log, settings, the lock of the data
 * directory and an orderly end. It imports the kernel only.
 * It does not own any rule of the product, any transport or any store.
 */
export { buildInfo, type BuildInfo } from './build-info.js';
export { HomeLock } from './home-lock.js';
export { LaneKeeper } from './lane-keeper.js';
export { Lanes, type FailureDecision, type LanesOptions, type StepResult } from './lanes.js';
export { loadConfig, setVariables } from './load-config.js';
export { Log, type LogFields } from './log.js';
export { METRICS_TYPE, metricsText, type Gauge } from './metrics.js';
export { NestLog } from './nest-log.js';
export { createLog, type LogLevel, type LogOptions } from './pino-log.js';
export { OutageGate, type Outage } from './outage-gate.js';
export { redact } from './redact.js';
export { reportAndExit } from './report-and-exit.js';
export { runUntilSignal, type RunUntilSignalOptions } from './run-until-signal.js';
export { untilThere } from './until-there.js';
export { SystemClock } from './system-clock.js';
