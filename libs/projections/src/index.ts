/**
 * projections owns the read models `catalogue` and `history`: what they are made of, how they are kept up to date, how
 * they are rebuilt and how they are read; and the findings, which are what is wrong by all that is known. It does not own where they are kept (event-store) or who asks (apps).
 */
import { historyProjection } from './history.projection.js';
import { rebuild, type RebuildOptions, type Rebuilt, type RebuildPorts } from './rebuild.js';

export { /** @internal used by tests and benchmarks */ buildThrough } from './build.js';
export { environmentFindings } from './findings/environment-findings.js';
export { SEVERITIES, SUBJECT_KINDS, type Finding } from './findings/finding.js';
export { quorumHead, type NodeLook, type NodeSeen } from './findings/node-findings.js';
export { runFindings } from './findings/run-findings.js';
export { Catalogue } from './catalogue.js';
export {
  type CatalogueConfiguration,
  type CatalogueConsortium,
  type CatalogueEnvironment,
  type CatalogueKey,
  type CatalogueMember,
} from './catalogue-read-models.js';
export { catalogueProjection } from './catalogue.projection.js';
export {
  evidenceDocument,
  ordinalKey,
  type DeliveryDocument,
  type EnvironmentHistoryDocument,
  type RunDocument,
  type RunFile,
  type RunState,
  type SegmentDocument,
} from './history-read-models.js';
export { createHistoryReader, type HistoryReader } from './history-reader.js';
export { historyProjection } from './history.projection.js';
export { Projector } from './projector.js';
export { ReadModelReader } from './read-model-reader.js';
export { openRun } from './run-document.js';
export type { Rebuilt, RebuildPorts } from './rebuild.js';

/** Rebuilds the history from the events and changes over when it is equal, or told to; see `rebuild`. */
export const rebuildHistory = (ports: RebuildPorts, options?: RebuildOptions): Promise<Rebuilt> =>
  rebuild(ports, historyProjection, options);
