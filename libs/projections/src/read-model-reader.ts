import type { ListOptions, ReadModelStore } from '#libs/event-store';
import { START, type Position } from '#libs/event-sourcing';
import { CodedError, type Clock } from '#libs/kernel';
import type { CatalogueDocuments } from './catalogue-read-models.js';
import type { HistoryDocuments } from './history-read-models.js';

/** What each collection of each projection holds. */
type Documents = Readonly<{ catalogue: CatalogueDocuments; history: HistoryDocuments }>;
type Projection = keyof Documents;
type Collection<P extends Projection> = keyof Documents[P] & string;

const POLL_MS = 10;
/** A rebuild changes over once; several in a row mean that something else is wrong. */
const READS_MAX = 3;

/**
 * Reads the active version of the projections: the one reader of the API, the lanes and the tests. A rebuild may change
 * over at any moment; no reader sees a version that is being dropped.
 */
export class ReadModelReader {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  /** `undefined` when there is no such document. */
  async get<P extends Projection, C extends Collection<P>>(
    name: P,
    collection: C,
    id: string,
  ): Promise<Documents[P][C] | undefined> {
    const row = await this.reading(name, (version) => this.readModels.get(version, collection, id));
    return row?.document as Documents[P][C] | undefined;
  }

  /** Ordered by their `sort`. */
  async list<P extends Projection, C extends Collection<P>>(
    name: P,
    collection: C,
    options: ListOptions = {},
  ): Promise<readonly Documents[P][C][]> {
    const rows = await this.reading(name, (version) => this.readModels.list(version, collection, options));
    return (rows ?? []).map(({ document }) => document as Documents[P][C]);
  }

  /** Waits until the projection holds everything up to `position`, at most `timeoutMs`. Says whether it does. */
  async reaches(name: Projection, position: Position, timeoutMs = 2_000): Promise<boolean> {
    const deadline = this.clock.monotonicMs() + timeoutMs;
    while ((await this.position(name)) < position) {
      if (this.clock.monotonicMs() > deadline) return false;
      await this.clock.sleep(POLL_MS);
    }
    return true;
  }

  private async position(name: Projection): Promise<Position> {
    const version = await this.readModels.active(name);
    return version === undefined ? START : (await this.readModels.checkpoint(version)).position;
  }

  /** Reads again when a rebuild changed over meanwhile: the old version is dropped then, and would look empty. */
  private async reading<T>(name: Projection, read: (version: string) => Promise<T>): Promise<T | undefined> {
    for (let attempt = 1; attempt <= READS_MAX; attempt += 1) {
      const version = await this.readModels.active(name);
      // No projector has begun.
      if (version === undefined) return undefined;
      const result = await read(version);
      if ((await this.readModels.active(name)) === version) return result;
    }
    throw new CodedError('PROJECTION_BEHIND', `The ${name} was rebuilt during each of ${READS_MAX} reads.`);
  }
}
