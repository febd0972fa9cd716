/**
 * composition owns which adapters are behind the ports (standalone.adapters, distributed.adapters, and store.adapters
 * for the command line), and how a service runs as a process in the distributed mode: its variables, its place on the
 * bus, health, the orderly end. This entry belongs to the distributed mode; the other adapters are imported by their
 * file's name, so that no mode loads the clients of another.
 * It does not own any service, nor any rule of the product.
 */
export {
  distributedVariables,
  stallTimeoutVariable,
  toDistributedConfig,
  type DistributedConfig,
} from './distributed.config.js';
export { runService, type Service } from './run-service.js';
