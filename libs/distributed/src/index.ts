/**
 * distributed owns how a service runs as a process of its own: the variables all of them read, the adapters those
 * name (Kafka, EventStoreDB or PostgreSQL), its place on the bus, health, the orderly end. It is the composition root
 * of the distributed mode, as apps/standalone is that of the other one.
 * It does not own any service, nor any rule of the product.
 */
export {
  distributedVariables,
  stallTimeoutVariable,
  toDistributedConfig,
  type DistributedConfig,
} from './distributed.config.js';
export { runService, type Service } from './run-service.js';
