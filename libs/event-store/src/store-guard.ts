import {
  findEvent,
  storeRewound,
  type EventRef,
  type EventStore,
  type Position,
  START,
} from '#libs/event-sourcing';
import { CodedError, hasCode, toInstant, type Clock, type Instant } from '#libs/kernel';
import { assertImported, installationIn } from './identity.js';
import type { StoreMemory } from './store-memory.js';

/** How often a process looks whether its store is still the same, beside each new link. */
const LOOK_MS = 5_000;
/** While it is not: how often it looks whether it is again. */
const LOOK_AGAIN_MS = 1_000;

export type StoreGuardParts = Readonly<{
  store: EventStore;
  memory: StoreMemory;
  /** The installation that was opened. */
  installation: string;
  where: string;
  clock: Clock;
}>;

const stillStopped = (lost: EventRef | undefined): CodedError =>
  lost === undefined
    ? new CodedError('STORE_REWOUND', 'The store does not have the event that was published last.')
    : storeRewound('an event that was read before', lost);

/**
 * Watches that the store under a running process stays the one it opened. It proves the store's identity and the newest
 * event that this process knows: at the start, at every new link, after every outage, and every 5 s.
 */
export class StoreGuard {
  private newest: (EventRef & Readonly<{ position: Position }>) | undefined;
  private noted: EventRef | undefined;
  private refusal: CodedError | undefined;
  private refusedMs = 0;
  private looking: Promise<void> | undefined;
  private lookedMs = -Infinity;
  private isDoubtful = true;
  private links = 0;
  private exchanges = 0;

  constructor(private readonly parts: StoreGuardParts) {}

  /** Counts how often the store turned out to be an older copy: what was read before no longer counts. */
  get generation(): number {
    return this.exchanges;
  }

  /** An event that the store has. */
  saw(event: EventRef & Readonly<{ position: Position }>): void {
    if (event.position > (this.newest?.position ?? START)) this.newest = event;
  }

  /** A call failed: the store may be another one when it answers again. */
  doubt(): void {
    this.isDoubtful = true;
  }

  /**
   * Looks, when it is time to, and says what is wrong: STORE_FOREIGN, STORE_IMPORT_UNFINISHED, or STORE_REWOUND until
   * the older copy is accepted. Rejects when the store does not answer.
   */
  async problem(): Promise<CodedError | undefined> {
    const { clock, store } = this.parts;
    const age = clock.monotonicMs() - this.lookedMs;
    const isDue = age >= (this.refusal === undefined ? LOOK_MS : LOOK_AGAIN_MS);
    if (this.isDoubtful || store.links !== this.links || isDue) {
      this.looking ??= this.look().finally(() => {
        this.looking = undefined;
      });
      await this.looking;
    }
    return this.refusal;
  }

  /** The problem, and since when this process knows it. */
  async outage(): Promise<Readonly<{ error: CodedError; since: Instant }> | undefined> {
    const error = await this.problem();
    return error && { error, since: toInstant(this.refusedMs) };
  }

  private async look(): Promise<void> {
    const { store, clock } = this.parts;
    const { links } = store;
    this.isDoubtful = true;
    const refusal = await this.examine();
    if (refusal?.code !== this.refusal?.code) this.refusedMs = clock.nowMs();
    this.refusal = refusal;
    this.isDoubtful = false;
    this.links = links;
    this.lookedMs = clock.monotonicMs();
  }

  private async examine(): Promise<CodedError | undefined> {
    const { store, memory } = this.parts;
    const foreign = (await this.exchanged()) ?? (await this.importing());
    if (foreign !== undefined) return foreign;
    const known = await memory.recall();
    const last = this.newest ?? known?.last;
    if (last !== undefined && (await findEvent(store, last)) === undefined) return this.stop(last);
    await this.note();
    return known?.stopped && stillStopped(known.stopped.lost);
  }

  private async exchanged(): Promise<CodedError | undefined> {
    const { store, installation, where } = this.parts;
    const found = await installationIn(store);
    if (found === installation) return undefined;
    const whose = found === undefined ? 'has no identity' : `belongs to installation ${found}`;
    const message = `${where} ${whose}; this process opened the store of ${installation}.`;
    return new CodedError('STORE_FOREIGN', message, { context: { store: where, installation, found } });
  }

  private async importing(): Promise<CodedError | undefined> {
    try {
      await assertImported(this.parts.store, this.parts.where);
      return undefined;
    } catch (error) {
      if (hasCode(error, 'STORE_IMPORT_UNFINISHED')) return error;
      throw error;
    }
  }

  /** The event that was read last is gone: an older copy. */
  private async stop({ stream, revision, id }: EventRef): Promise<CodedError> {
    this.newest = undefined;
    this.exchanges += 1;
    const lost = { stream, revision, id };
    const since = toInstant(this.parts.clock.nowMs());
    await this.parts.memory.update({ last: null, decision: null, stopped: { since, lost } });
    return storeRewound('an event that was read before', lost);
  }

  /** So that a later process can tell too. */
  private async note(): Promise<void> {
    if (this.newest === undefined || this.newest.id === this.noted?.id) return;
    const { stream, revision, id } = this.newest;
    await this.parts.memory.update({ last: { stream, revision, id } });
    this.noted = { stream, revision, id };
  }
}
