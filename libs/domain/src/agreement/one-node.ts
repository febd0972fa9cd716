import type { NodeDescription } from '../environment/environment.events.js';
import type { RunWarning } from '../backup/backup.events.js';
import type { Seat } from './agreement.types.js';
import { joined } from './seats.js';

/** A validator as it is registered. `place`: equal for nodes that one URL reaches (see `placeOf` in libs/chain). */
export type RegisteredValidator = Pick<NodeDescription, 'nodeId' | 'sameAs' | 'address'> &
  Readonly<{ place: string | undefined }>;

/** The seats of the validators: nodes count once that have one URL or one validator address, or that are said to be one. */
export const seatsOf = (validators: readonly RegisteredValidator[]): readonly Seat[] => {
  const keys = new Map(
    validators.map(({ nodeId, sameAs, address, place }) => [
      nodeId,
      [
        `id ${nodeId}`,
        ...(sameAs === undefined ? [] : [`id ${sameAs}`]),
        ...(address === undefined ? [] : [`address ${address}`]),
        ...(place === undefined ? [] : [`place ${place}`]),
      ],
    ]),
  );
  return joined(
    validators.map(({ nodeId }) => [nodeId]),
    (id) => keys.get(id) ?? [],
  );
};

/** One warning for each URL that several validators are registered with, unless an operator said that they are one. */
export const sharedPlaces = (validators: readonly RegisteredValidator[]): readonly RunWarning[] => {
  const stated = seatsOf(validators.map((each) => ({ ...each, place: undefined })));
  const places = new Map<string, readonly string[]>();
  for (const { nodeId, place } of validators)
    if (place !== undefined) places.set(place, [...(places.get(place) ?? []), nodeId]);
  return [...places.values()]
    .filter((ids) => !stated.some((seat) => ids.every((id) => seat.includes(id))))
    .map((nodes) => ({
      code: 'NODE_IDENTITY_SHARED',
      message: `${nodes.join(', ')} are registered with the same URL. They count as one validator.`,
      nodes,
    }));
};
