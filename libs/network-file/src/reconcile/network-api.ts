import type { Json } from '../desired.js';

/**
 * The service's REST API as this lib needs it; paths count from its base (`/api/v1`), without a leading slash.
 * Errors of the service come as coded errors; RESOURCE_NOT_FOUND is what is not there.
 */
export abstract class NetworkApi {
  abstract get(path: string): Promise<unknown>;
  abstract post(path: string, body: Json): Promise<unknown>;
  abstract patch(path: string, body: Json): Promise<unknown>;
  abstract put(path: string, body: Json): Promise<unknown>;
  abstract delete(path: string): Promise<unknown>;
}
