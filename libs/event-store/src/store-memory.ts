import type { EventRef } from '#libs/event-sourcing';
import type { Instant } from '#libs/kernel';

/** What is published after an older copy of the store was accepted: from the last event that both have, nothing, or all. */
export const PUBLISH_CHOICES = ['common', 'nothing', 'all'] as const;
export type PublishChoice = (typeof PUBLISH_CHOICES)[number];

/** What an installation remembers of its event store, beside the store. */
export type StoreRecord = Readonly<{
  installation: string;
  /** Was the store's own id seen? Version 0.1 had none: then only its read models tell whether it was used. */
  founded: boolean;
  /** An event that was in the store a moment ago. */
  last?: EventRef;
  /** The store was found to be an older copy of itself; nobody has accepted it yet. */
  stopped?: Readonly<{ since: Instant; lost?: EventRef }>;
  /** What the relay does next, once. */
  decision?: PublishChoice;
}>;

/**
 * Port: what an installation remembers of its event store. It lies where the read models lie, or in the data directory:
 * apart from the events, so that it can tell when they are exchanged.
 *
 * Contract (store-memory.contract.ts): `update` is durable when it resolves; it changes the fields that are given and
 * no other, also while other processes change others; `null` clears a field.
 */
export abstract class StoreMemory {
  /** `undefined`: there is nothing to remember yet. */
  abstract recall(): Promise<StoreRecord | undefined>;
  abstract update(fields: StoreRecordChange): Promise<void>;
}

type Clearable<T> = { readonly [K in keyof T]?: NonNullable<T[K]> | null };
/** The first change must name the installation. */
export type StoreRecordChange = Readonly<{ installation?: string; founded?: boolean }> &
  Clearable<Omit<StoreRecord, 'installation' | 'founded'>>;

const refToJson = ({ stream, revision, id }: EventRef) => ({ stream, revision: String(revision), id });
type RefJson = ReturnType<typeof refToJson>;
const refFromJson = ({ stream, revision, id }: RefJson): EventRef => ({
  stream,
  revision: BigInt(revision),
  id,
});

/** The fields as text, as adapters keep them. */
export type StoreRecordText = Readonly<{
  installation: string;
  founded: boolean;
  last: string | null;
  stopped: string | null;
  decision: string | null;
}>;

export const toRecord = (text: StoreRecordText): StoreRecord => {
  const { installation, founded, last, stopped, decision } = text;
  const halt = stopped === null ? undefined : (JSON.parse(stopped) as { since: Instant; lost?: RefJson });
  return {
    installation,
    founded,
    ...(last === null ? {} : { last: refFromJson(JSON.parse(last) as RefJson) }),
    ...(halt === undefined
      ? {}
      : { stopped: { since: halt.since, ...(halt.lost ? { lost: refFromJson(halt.lost) } : {}) } }),
    ...(decision === null ? {} : { decision: decision as PublishChoice }),
  };
};

/** Only what is given. */
export const toText = (fields: StoreRecordChange): Partial<StoreRecordText> => {
  const { last, stopped, ...plain } = fields;
  return {
    ...plain,
    ...(last === undefined ? {} : { last: last && JSON.stringify(refToJson(last)) }),
    ...(stopped === undefined
      ? {}
      : {
          stopped: stopped && JSON.stringify({ ...stopped, lost: stopped.lost && refToJson(stopped.lost) }),
        }),
  };
};
