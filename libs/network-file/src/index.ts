/**
 * network-file owns the network file: its form, every problem it can have and where, and how the service is brought
 * to what it says (plan, apply, drift at start).
 * It does not own HTTP (who calls brings a NetworkApi), running node controllers, or any rule of the domain.
 */
export type { DesiredNetwork, DesiredPart, DesiredResource, Json } from './desired.js';
export { parseNetworkFile, type NetworkFileOptions } from './parse-network-file.js';
export { readNetworkFile } from './read-network-file.js';
export { applyActions, readActual } from './reconcile/apply.js';
export { NetworkApi } from './reconcile/network-api.js';
export { planNetwork, type ActualNetwork, type Change, type NetworkAction } from './reconcile/plan.js';
export type { Controller } from './schema.js';
export { startNetwork, type StartOptions } from './reconcile/start.js';
