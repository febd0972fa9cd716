import {
  HISTORY_COLLECTIONS,
  HISTORY_PROJECTION,
  ordinalKey,
  type DeliveryDocument,
  type EnvironmentHistoryDocument,
  type RunDocument,
  type SegmentDocument,
} from './history-read-models.js';
import type { ListOptions, ReadModelRow, ReadModelStore } from '#libs/event-store';
import type { Position } from '#libs/event-sourcing';
import { CodedError, type Clock } from '#libs/kernel';

export type PageOptions = Readonly<{
  /** Default 100. */
  limit?: number;
  /** `next` of the page before. */
  after?: string;
}>;

/** `next` is there when there may be more. */
export type Page<Document> = Readonly<{ items: readonly Document[]; next?: string }>;

const PAGE_ROWS = 100;
const POLL_MS = 10;
/** A projection is exchanged once in a rebuild; more often in a row means something else is wrong. */
const SWITCHES_MAX = 3;
const FIRST_VERSION = `${HISTORY_PROJECTION}@1`;

const NO_HISTORY: EnvironmentHistoryDocument = { latest_backup: null, files: 0, bytes: 0 };

/** Reads the active version of the projection `history`. */
export class HistoryQueries {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  /** Runs of an environment, newest first. */
  async runs(
    environmentId: string,
    { limit = PAGE_ROWS, after }: PageOptions = {},
  ): Promise<Page<RunDocument>> {
    return this.page(HISTORY_COLLECTIONS.run, limit, {
      parent: environmentId,
      descending: true,
      ...(after === undefined ? {} : { afterSort: after }),
    });
  }

  /** `undefined` when the environment has no such run. */
  async run(environmentId: string, runId: string): Promise<RunDocument | undefined> {
    const row = await this.get(HISTORY_COLLECTIONS.run, runId);
    return row?.parent === environmentId ? (row.document as RunDocument) : undefined;
  }

  /** All files of an environment in the order they were exported, superseded ones included. */
  async segments(environmentId: string): Promise<readonly SegmentDocument[]> {
    const rows = await this.list(HISTORY_COLLECTIONS.segment, { parent: environmentId });
    return rows.map(({ document }) => document as SegmentDocument);
  }

  /** One file by its ordinal. */
  async segment(environmentId: string, ordinal: number): Promise<SegmentDocument | undefined> {
    const row = await this.get(HISTORY_COLLECTIONS.segment, `${environmentId}/${ordinalKey(ordinal)}`);
    return row?.document as SegmentDocument | undefined;
  }

  /** Where an environment's backups stand; an empty history when none was ever requested. */
  async environment(environmentId: string): Promise<EnvironmentHistoryDocument> {
    const row = await this.get(HISTORY_COLLECTIONS.environment, environmentId);
    return (row?.document as EnvironmentHistoryDocument | undefined) ?? NO_HISTORY;
  }

  /** What a target has at its present destination, oldest file first. */
  async deliveries(
    targetId: string,
    { limit = PAGE_ROWS, after }: PageOptions = {},
  ): Promise<Page<DeliveryDocument>> {
    return this.page(HISTORY_COLLECTIONS.delivery, limit, {
      parent: targetId,
      ...(after === undefined ? {} : { afterSort: after }),
    });
  }

  /** How many files a target has at its present destination. */
  async deliveryCount(targetId: string): Promise<number> {
    return this.reading((projection) =>
      this.readModels.count(projection, HISTORY_COLLECTIONS.delivery, targetId),
    );
  }

  /** Resolves when the projection holds everything up to `position`; STORE_UNAVAILABLE after `timeoutMs`. */
  async waitFor(position: Position, timeoutMs = 5_000): Promise<void> {
    const deadline = this.clock.nowMs() + timeoutMs;
    while ((await this.readModels.checkpoint(await this.projection())) < position) {
      if (this.clock.nowMs() > deadline)
        throw new CodedError('STORE_UNAVAILABLE', 'The history is still catching up with the event store.');
      await this.clock.sleep(POLL_MS);
    }
  }

  private async projection(): Promise<string> {
    return (await this.readModels.active(HISTORY_PROJECTION)) ?? FIRST_VERSION;
  }

  private async get(collection: string, id: string): Promise<ReadModelRow | undefined> {
    return this.reading((projection) => this.readModels.get(projection, collection, id));
  }

  private async list(collection: string, options: ListOptions): Promise<readonly ReadModelRow[]> {
    return this.reading((projection) => this.readModels.list(projection, collection, options));
  }

  private async page<Document>(
    collection: string,
    limit: number,
    options: ListOptions,
  ): Promise<Page<Document>> {
    const rows = await this.list(collection, { ...options, limit: limit + 1 });
    const items = rows.slice(0, limit).map(({ document }) => document as Document);
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return last === undefined ? { items } : { items, next: last.sort };
  }

  /** Reads again when the projection was exchanged meanwhile: the old one is dropped, and would look empty. */
  private async reading<T>(read: (projection: string) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const projection = await this.projection();
      const result = await read(projection);
      if (attempt >= SWITCHES_MAX || (await this.projection()) === projection) return result;
    }
  }
}
