import { canonicalJson, CodedError } from '#libs/kernel';
import type { Checkpoint, EventRef, Position } from '#libs/event-sourcing';

/** A document in the form it is kept in: canonical JSON, so equal documents are equal text. */
export class JsonText {
  private constructor(readonly text: string) {}

  /** Throws INPUT_INVALID for a document that is not JSON. */
  static of(document: unknown): JsonText {
    if (document instanceof JsonText) return document;
    const text = canonicalJson(document) as string | undefined;
    if (text === undefined) throw new CodedError('INPUT_INVALID', 'A document of a read model must be JSON.');
    return new JsonText(text);
  }

  /** What a JsonText held before. */
  static kept(text: string): JsonText {
    return new JsonText(text);
  }

  /** The document again. */
  parse(): unknown {
    return JSON.parse(this.text);
  }
}

/**
 * A change of one document. Documents are JSON, or their JsonText when it was made already. `parent` groups them for
 * lists; `sort` orders them (byte order of UTF-8), by default the id; make it unique within a parent when you page by it.
 */
export type ReadModelChange =
  | Readonly<{
      kind: 'put';
      collection: string;
      id: string;
      parent?: string;
      sort?: string;
      document: unknown;
    }>
  | Readonly<{ kind: 'delete'; collection: string; id: string }>;

export type ReadModelRow = Readonly<{
  id: string;
  parent: string | undefined;
  sort: string;
  document: unknown;
}>;

export type ApplyCommand = Readonly<{
  /** The physical, versioned name, such as `history@1-blue`. */
  projection: string;
  /** Checkpoint the changes were worked out from; `START` for a new projection. */
  expected: Position;
  /** Checkpoint afterwards: its position, and the event there. */
  position: Position;
  event?: EventRef | undefined;
  changes: readonly ReadModelChange[];
  /** One of many that follow each other without waiting: they may share a transaction, and are settled in order. */
  bulk?: boolean;
}>;

export type ListOptions = Readonly<{
  parent?: string;
  /** Only rows that sort after this (or, descending, before it); exclusive. */
  afterSort?: string;
  limit?: number;
  descending?: boolean;
}>;

/** All rows of a projection in one digest, and the checkpoint they belong to. */
export type Fingerprint = Readonly<{ position: Position; sha256: string }>;

/**
 * Port: documents that projections keep for reading.
 *
 * Contract (read-model-store.contract.ts): `apply` writes rows and checkpoint in one durable transaction and rejects
 * with REVISION_CONFLICT when the checkpoint is not `expected`, so two projectors never interleave. Equal documents
 * give equal fingerprints, whatever the order they came in. `activate` switches readers in one step.
 */
export abstract class ReadModelStore {
  abstract apply(command: ApplyCommand): Promise<void>;
  /** Where the projection has got to; BEFORE_ALL when it is new. */
  abstract checkpoint(projection: string): Promise<Checkpoint>;
  /** The same event, at the position that another store gave it. REVISION_CONFLICT when it moved on from `expected`. */
  abstract moveCheckpoint(projection: string, expected: Position, checkpoint: Checkpoint): Promise<void>;
  abstract get(projection: string, collection: string, id: string): Promise<ReadModelRow | undefined>;
  /** Ordered by `sort`, then id. */
  abstract list(
    projection: string,
    collection: string,
    options?: ListOptions,
  ): Promise<readonly ReadModelRow[]>;
  abstract count(projection: string, collection: string, parent?: string): Promise<number>;
  /** Removes rows and checkpoint. */
  abstract drop(projection: string): Promise<void>;
  /** From now on readers of `name` use `projection`. With `instead`: REVISION_CONFLICT unless they use that one now. */
  abstract activate(name: string, projection: string, instead?: string): Promise<void>;
  abstract active(name: string): Promise<string | undefined>;
  /** Rejects with REVISION_CONFLICT (retryable) when the projection keeps moving while it is read. */
  abstract fingerprint(projection: string): Promise<Fingerprint>;
}
