/**
 * history-projector owns the process that keeps the read models up to date. It does not own what they are made of
 * (projections).
 */
export { HistoryProjectorModule } from './history-projector.module.js';
