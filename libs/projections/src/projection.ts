import { randomUUID } from 'node:crypto';
import type { ChainkeepEvent, EventType } from '#libs/contracts';
import type { ReadModelChange, ReadModelRow } from '#libs/event-store';

export type RowPut = Extract<ReadModelChange, { kind: 'put' }>;

/** What a projection may look at: its own rows, with the changes of the batch that is not committed yet. */
export interface RowView {
  get(collection: string, id: string): Promise<unknown>;
  /** All rows of a parent, ordered by `sort`. */
  rowsOf(collection: string, parent: string): Promise<readonly ReadModelRow[]>;
}

/** One event and the id its stream is named after. */
export type Projected<E extends ChainkeepEvent = ChainkeepEvent> = Readonly<{ id: string; event: E }>;

/**
 * How read models are made: `project` is a function of the event and the rows alone, so that a rebuild gives the same
 * rows. If it makes different rows, it needs a new `version`, which is built at the next start.
 */
export type Projection = Readonly<{
  name: string;
  version: number;
  /** Known events of other types are passed over. */
  types: ReadonlySet<EventType>;
  /** Do later events get the row? A build has those it wrote last at hand; others come from the read models. */
  isReadBack: (change: RowPut) => boolean;
  project: (projected: Projected, view: RowView) => Promise<readonly ReadModelChange[]>;
}>;

/** The physical name a version has when it was not rebuilt. */
export const physicalName = ({ name, version }: Projection): string => `${name}@${version}`;

/** A name that no other build of it has. */
export const newPhysicalName = (projection: Projection): string =>
  `${physicalName(projection)}-${randomUUID().slice(0, 8)}`;

/** The version in a physical name such as `history@1-3f9a`. */
export const versionOf = (physical: string): number =>
  Number.parseInt(physical.slice(physical.lastIndexOf('@') + 1), 10);
