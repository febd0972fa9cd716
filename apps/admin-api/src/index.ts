/**
 * admin-api owns the HTTP face: resources, keys and roles, problem details, the OpenAPI document. Commands go in
 * through the deciders, answers come from the streams and the read models.
 * It does not own any rule of backups, agreement or delivery, nor the projections it reads.
 */
export { AdminApiModule } from './admin-api.module.js';
export type { AdminApiOptions } from './admin-api.options.js';
export { configureAdminApi } from './configure-admin-api.js';
