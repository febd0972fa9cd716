import { isSameCheckpoint, proveCheckpoint, type Checkpoint } from '#libs/event-sourcing';
import type { BuildPorts } from './build.js';

/**
 * The checkpoint of a physical projection, with the position that the store gives its event now; kept, when it differs
 * from the one that was kept. `undefined`: the store does not have what the projection took in last.
 */
export const proveProjection = async (
  { store, readModels }: BuildPorts,
  physical: string,
): Promise<Checkpoint | undefined> => {
  const kept = await readModels.checkpoint(physical);
  const proof = await proveCheckpoint(store, kept);
  if (proof.kind !== 'proved') return undefined;
  const { checkpoint } = proof;
  if (kept.event === undefined ? checkpoint.event !== undefined : !isSameCheckpoint(kept, checkpoint))
    await readModels.moveCheckpoint(physical, kept.position, checkpoint);
  return checkpoint;
};
