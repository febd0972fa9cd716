import { decodeEvent, isEventType } from '#libs/contracts';
import { JsonText, type ReadModelChange, type ReadModelRow, type ReadModelStore } from '#libs/event-store';
import {
  checkpointOf,
  idOfStream,
  type Checkpoint,
  type Position,
  type StoredEvent,
} from '#libs/event-sourcing';
import { CodedError } from '#libs/kernel';
import type { DocumentMemory } from './document-memory.js';
import type { Projection, RowPut, RowView } from './projection.js';

/** Events that go into one transaction at most, of a projector that follows. */
const BATCH_EVENTS_MAX = 200;

const documentOf = ({ document }: RowPut): unknown =>
  document instanceof JsonText ? document.parse() : document;

const rowOf = (change: RowPut): ReadModelRow => {
  const { id, parent, sort = id } = change;
  return { id, parent, sort, document: documentOf(change) };
};

const bySort = (a: ReadModelRow, b: ReadModelRow): number =>
  Buffer.compare(Buffer.from(a.sort), Buffer.from(b.sort)) ||
  Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));

/** Names of collections hold no slash. */
const keyOf = (collection: string, id: string): string => `${collection}/${id}`;

export type BatchTarget = Readonly<{
  readModels: ReadModelStore;
  physical: string;
  /** The checkpoint it begins at. */
  from: Checkpoint;
  /** Events that go into it at most; default 200. */
  eventsMax?: number;
  /** More batches follow before this one is written. */
  bulk?: boolean;
  /** Of a build: what it wrote of late; and the batch before, which may be on its way still. */
  memory?: DocumentMemory;
  before?: Promise<void>;
}>;

/** Events on their way into one physical projection: their changes, last one a row, and how far they reach. */
export class Batch implements RowView {
  private readonly changes = new Map<string, ReadModelChange>();
  private events = 0;
  /** Streams of which a supersession was taken in, but not all of what was appended with it. */
  private readonly partial = new Set<string>();
  private reachedCheckpoint: Checkpoint;

  constructor(
    private readonly projection: Projection,
    private readonly target: BatchTarget,
  ) {
    this.reachedCheckpoint = target.from;
  }

  get isFull(): boolean {
    return this.isWhole && this.events >= (this.target.eventsMax ?? BATCH_EVENTS_MAX);
  }

  /** May it be committed? A reader must not see files superseded without those that replace them. */
  get isWhole(): boolean {
    return this.partial.size === 0;
  }

  get position(): Position {
    return this.reachedCheckpoint.position;
  }

  /** The last event it took in or passed. */
  get checkpoint(): Checkpoint {
    return this.reachedCheckpoint;
  }

  /** Everything up to here was taken in or does not concern the projection. */
  passed(checkpoint: Checkpoint): void {
    this.reachedCheckpoint = checkpoint;
  }

  /**
   * Takes an event in. When it throws nothing of the event was taken. Throws EVENT_UNKNOWN for a type or version of
   * a newer release, EVENT_INVALID for data that do not fit their schema.
   */
  async add(stored: StoredEvent): Promise<void> {
    const changes = (await this.changesOf(stored)).map((change) => this.asKept(change));
    for (const change of changes) this.take(change);
    this.follow(stored);
    this.events += 1;
    this.reachedCheckpoint = checkpointOf(stored);
  }

  /** Writes rows and checkpoint in one transaction. Throws REVISION_CONFLICT when another process moved it. */
  async commit(): Promise<void> {
    const { readModels, physical, from, bulk = false } = this.target;
    const { position, event } = this.reachedCheckpoint;
    if (position === from.position) return;
    const changes = [...this.changes.values()];
    await readModels.apply({ projection: physical, expected: from.position, position, event, changes, bulk });
  }

  async get(collection: string, id: string): Promise<unknown> {
    const key = keyOf(collection, id);
    const change = this.changes.get(key);
    if (change) return change.kind === 'put' ? documentOf(change) : undefined;
    const { readModels, physical, memory, before } = this.target;
    const known = memory?.get(key);
    if (known !== undefined) return known;
    await before;
    return (await readModels.get(physical, collection, id))?.document;
  }

  async rowsOf(collection: string, parent: string): Promise<readonly ReadModelRow[]> {
    const { readModels, physical, before } = this.target;
    await before;
    const stored = await readModels.list(physical, collection, { parent });
    const rows = new Map(stored.map((row) => [row.id, row]));
    for (const change of this.changes.values()) {
      if (change.collection !== collection) continue;
      if (change.kind === 'put' && change.parent === parent) rows.set(change.id, rowOf(change));
      else rows.delete(change.id);
    }
    return [...rows.values()].sort(bySort);
  }

  /** What no event gets again is kept as text: objects would cost the collector. */
  private asKept(change: ReadModelChange): ReadModelChange {
    if (change.kind === 'delete' || this.projection.isReadBack(change)) return change;
    return { ...change, document: JsonText.of(change.document) };
  }

  /** A supersession and its replacement are one append, which ends with the run. */
  private follow({ type, data, stream }: StoredEvent): void {
    const { replacedThrough } = (data ?? {}) as Readonly<{ replacedThrough?: unknown }>;
    if (type === 'SegmentsSuperseded' && replacedThrough !== undefined) this.partial.add(stream);
    else if (type === 'BackupCompleted') this.partial.delete(stream);
  }

  private take(change: ReadModelChange): void {
    const key = keyOf(change.collection, change.id);
    this.changes.set(key, change);
    this.target.memory?.take(key, change);
  }

  private async changesOf({
    type,
    data,
    metadata,
    stream,
  }: StoredEvent): Promise<readonly ReadModelChange[]> {
    if (!isEventType(type))
      throw new CodedError('EVENT_UNKNOWN', `Event type ${type} is unknown.`, { context: { type } });
    if (!this.projection.types.has(type)) return [];
    const event = decodeEvent(type, data, metadata.schemaVersion);
    return this.projection.project({ id: idOfStream(stream), event }, this);
  }
}
