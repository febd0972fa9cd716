import { BEFORE_ALL, type Checkpoint, type Position } from '#libs/event-sourcing';
import {
  checkActivate,
  checkApply,
  checkExpected,
  fingerprintOf,
  type DocumentText,
} from '../read-model-rules.js';
import {
  JsonText,
  ReadModelStore,
  type ApplyCommand,
  type Fingerprint,
  type ListOptions,
  type ReadModelRow,
} from '../read-model-store.js';

type Projection = { checkpoint: Checkpoint; rows: Map<string, DocumentText> };

/** Byte order of UTF-8, as on disk; JavaScript's own order differs beyond the basic plane. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const keyOf = (collection: string, id: string): string => JSON.stringify([collection, id]);

const toRow = ({ id, parent, sort, document }: DocumentText): ReadModelRow => ({
  id,
  parent,
  sort,
  document: JSON.parse(document) as unknown,
});

/** The ReadModelStore port in memory, for tests and simulations. */
export class MemoryReadModelStore extends ReadModelStore {
  private readonly projections = new Map<string, Projection>();
  private readonly activeByName = new Map<string, string>();

  async apply(command: ApplyCommand): Promise<void> {
    const { projection, changes, position, event } = command;
    const stored = this.projections.get(projection);
    checkApply(command, stored?.checkpoint.position);
    const rows = new Map(stored?.rows);
    for (const change of changes) {
      const { collection, id } = change;
      const key = keyOf(collection, id);
      if (change.kind === 'delete') rows.delete(key);
      else {
        const { text: document } = JsonText.of(change.document);
        rows.set(key, { collection, id, parent: change.parent, sort: change.sort ?? id, document });
      }
    }
    const checkpoint = event === undefined ? { position } : { position, event };
    this.projections.set(projection, { checkpoint, rows });
  }

  async checkpoint(projection: string): Promise<Checkpoint> {
    return this.projections.get(projection)?.checkpoint ?? BEFORE_ALL;
  }

  async moveCheckpoint(projection: string, expected: Position, checkpoint: Checkpoint): Promise<void> {
    const stored = this.projections.get(projection);
    checkExpected(projection, expected, stored?.checkpoint.position);
    if (stored) stored.checkpoint = checkpoint;
  }

  async get(projection: string, collection: string, id: string): Promise<ReadModelRow | undefined> {
    const row = this.projections.get(projection)?.rows.get(keyOf(collection, id));
    return row && toRow(row);
  }

  async list(
    projection: string,
    collection: string,
    { parent, afterSort, limit = Infinity, descending = false }: ListOptions = {},
  ): Promise<readonly ReadModelRow[]> {
    const sign = descending ? -1 : 1;
    return this.rows(projection, collection, parent)
      .filter(({ sort }) => afterSort === undefined || sign * compare(sort, afterSort) > 0)
      .sort((a, b) => sign * (compare(a.sort, b.sort) || compare(a.id, b.id)))
      .slice(0, limit)
      .map(toRow);
  }

  async count(projection: string, collection: string, parent?: string): Promise<number> {
    return this.rows(projection, collection, parent).length;
  }

  async drop(projection: string): Promise<void> {
    this.projections.delete(projection);
  }

  async activate(name: string, projection: string, instead?: string): Promise<void> {
    checkActivate(name, instead, this.activeByName.get(name));
    this.activeByName.set(name, projection);
  }

  async active(name: string): Promise<string | undefined> {
    return this.activeByName.get(name);
  }

  async fingerprint(projection: string): Promise<Fingerprint> {
    return fingerprintOf(
      projection,
      async () => (await this.checkpoint(projection)).position,
      () => this.scan(projection),
    );
  }

  private async *scan(projection: string): AsyncGenerator<DocumentText> {
    const rows = [...(this.projections.get(projection)?.rows.values() ?? [])];
    yield* rows.sort((a, b) => compare(a.collection, b.collection) || compare(a.id, b.id));
  }

  private rows(projection: string, collection: string, parent: string | undefined): DocumentText[] {
    return [...(this.projections.get(projection)?.rows.values() ?? [])].filter(
      (row) => row.collection === collection && (parent === undefined || row.parent === parent),
    );
  }
}
