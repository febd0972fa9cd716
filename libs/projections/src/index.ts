/**
 * projections owns the read models `catalogue` and `history`: what they are made of, how they are kept up to date and
 * how they are built anew. It does not own where they lie (event-store) or who reads them (platform, apps).
 */
import { historyProjection } from './history.projection.js';
import { rebuild, type Rebuilt, type RebuildPorts } from './rebuild.js';

export { buildThrough } from './build.js';
export { catalogueProjection } from './catalogue.projection.js';
export { historyProjection } from './history.projection.js';
export { Projector } from './projector.js';
export type { Rebuilt, RebuildPorts } from './rebuild.js';

/** Builds the history anew from the events and changes over when it is equal; see `rebuild`. */
export const rebuildHistory = (ports: RebuildPorts): Promise<Rebuilt> => rebuild(ports, historyProjection);
