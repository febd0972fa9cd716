import { decodeEvent, isEventType } from '#libs/contracts';
import type { ReadModelChange, ReadModelRow, ReadModelStore } from '#libs/event-store';
import type { Position, StoredEvent } from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import type { Projection, RowView } from './projection.js';

/** Events that go into one transaction at most. */
export const BATCH_EVENTS_MAX = 200;

type Put = Extract<ReadModelChange, { kind: 'put' }>;

const rowOf = ({ id, parent, sort, document }: Put): ReadModelRow => ({
  id,
  parent,
  sort: sort ?? id,
  document,
});

const bySort = (a: ReadModelRow, b: ReadModelRow): number =>
  Buffer.compare(Buffer.from(a.sort), Buffer.from(b.sort)) ||
  Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));

/** Names of collections hold no slash. */
const keyOf = (collection: string, id: string): string => `${collection}/${id}`;

const idOfStream = (stream: string): string => stream.slice(stream.indexOf('-') + 1);

/** Events on their way into one physical projection: their changes, last one a row, and how far they reach. */
export class Batch implements RowView {
  readonly #changes = new Map<string, ReadModelChange>();
  #events = 0;
  #position: Position;

  constructor(
    private readonly projection: Projection,
    private readonly target: Readonly<{ readModels: ReadModelStore; physical: string; from: Position }>,
  ) {
    this.#position = target.from;
  }

  get isFull(): boolean {
    return this.#events >= BATCH_EVENTS_MAX;
  }

  get position(): Position {
    return this.#position;
  }

  /** Everything up to here was taken in or does not concern the projection. */
  passed(position: Position): void {
    this.#position = position;
  }

  /**
   * Takes an event in. When it throws nothing of the event was taken. Throws EVENT_UNKNOWN for a type or version of
   * a newer release, EVENT_INVALID for data that do not fit their schema.
   */
  async add(stored: StoredEvent): Promise<void> {
    for (const change of await this.#changesOf(stored)) {
      this.#changes.set(keyOf(change.collection, change.id), change);
    }
    this.#events += 1;
    this.#position = stored.position;
  }

  /** Writes rows and checkpoint in one transaction. Throws REVISION_CONFLICT when somebody else moved it. */
  async commit(): Promise<void> {
    const { readModels, physical, from } = this.target;
    if (this.#position === from) return;
    const changes = [...this.#changes.values()];
    await readModels.apply({ projection: physical, expected: from, position: this.#position, changes });
  }

  async get(collection: string, id: string): Promise<unknown> {
    const change = this.#changes.get(keyOf(collection, id));
    if (change) return change.kind === 'put' ? change.document : undefined;
    return (await this.target.readModels.get(this.target.physical, collection, id))?.document;
  }

  async rowsOf(collection: string, parent: string): Promise<readonly ReadModelRow[]> {
    const stored = await this.target.readModels.list(this.target.physical, collection, { parent });
    const rows = new Map(stored.map((row) => [row.id, row]));
    for (const change of this.#changes.values()) {
      if (change.collection !== collection) continue;
      if (change.kind === 'put' && change.parent === parent) rows.set(change.id, rowOf(change));
      else rows.delete(change.id);
    }
    return [...rows.values()].sort(bySort);
  }

  async #changesOf({ type, data, metadata, stream }: StoredEvent): Promise<readonly ReadModelChange[]> {
    if (!isEventType(type))
      throw new CodedError('EVENT_UNKNOWN', `Event type ${type} is unknown.`, { context: { type } });
    if (!this.projection.types.has(type)) return [];
    const event = decodeEvent(type, data, metadata.schemaVersion);
    return this.projection.project({ id: idOfStream(stream), event }, this);
  }
}
