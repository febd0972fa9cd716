import {
  BEFORE_ALL,
  checkpointAt,
  checkpointOf,
  isSameCheckpoint,
  proveCheckpoint,
  storeRewound,
  type Checkpoint,
  type CheckpointStore,
  type EventStore,
  type Position,
  type StoredEvent,
} from '#libs/event-sourcing';
import type { Clock } from '#libs/kernel';
import type { BusLog } from './bus-log.js';

const EVENTS_UNSAVED_MAX = 100;
const HANDLED_SAVE_MS = 50;
/** Events of other types went by: losing that only costs reading past them again. */
const PASSED_SAVE_MS = 1_000;

type Timer = Readonly<{ dueMs: number; cancel: AbortController }>;

export type CheckpointKeeperParts = Readonly<{
  consumer: string;
  store: EventStore;
  checkpoints: CheckpointStore;
  clock: Clock;
  log: BusLog;
}>;

/** Saves how far a consumer has got: always after the handling, in batches, and at the end. */
export class CheckpointKeeper {
  private unsavedEvents = 0;
  private saved: Checkpoint;
  private reachedCheckpoint: Checkpoint;
  private saving: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;

  private constructor(
    private readonly parts: CheckpointKeeperParts,
    start: Checkpoint,
  ) {
    this.saved = start;
    this.reachedCheckpoint = start;
  }

  /** Starts where the consumer's checkpoint says. */
  static async load(parts: CheckpointKeeperParts): Promise<CheckpointKeeper> {
    return new CheckpointKeeper(parts, await parts.checkpoints.load(parts.consumer));
  }

  get reached(): Position {
    return this.reachedCheckpoint.position;
  }

  /**
   * The position to go on after: that of the last event handled, read from the store just now. Rejects with
   * STORE_REWOUND when the store no longer has that event. What version 0.1 saved is completed here; where none of our
   * events is at its position, everything comes again.
   */
  async prove(): Promise<Position> {
    const { consumer, store, log } = this.parts;
    const proof = await proveCheckpoint(store, this.reachedCheckpoint);
    if (proof.kind === 'gone') throw storeRewound(`the last event that ${consumer} handled`, proof.event);
    if (proof.kind === 'unknown')
      log.warn('No event is at the position that was saved. All events are delivered again.', { consumer });
    this.reachedCheckpoint = proof.kind === 'proved' ? proof.checkpoint : BEFORE_ALL;
    if (!isSameCheckpoint(this.saved, this.reachedCheckpoint)) await this.save();
    return this.reachedCheckpoint.position;
  }

  /** An event was handled in full; waits for the save when a batch is complete. */
  async handled(event: StoredEvent): Promise<void> {
    this.reachedCheckpoint = checkpointOf(event);
    this.unsavedEvents += 1;
    if (this.unsavedEvents >= EVENTS_UNSAVED_MAX) await this.save();
    else this.saveWithin(HANDLED_SAVE_MS);
  }

  /** Nothing for this consumer up to `position`. */
  async passed(position: Position): Promise<void> {
    if (position <= this.reached) return;
    this.reachedCheckpoint = await checkpointAt(this.parts.store, position);
    this.saveWithin(PASSED_SAVE_MS);
  }

  /** Saves what was reached; a failure is logged and made up for by the next save. */
  async save(): Promise<void> {
    this.timer?.cancel.abort();
    this.timer = undefined;
    this.saving = this.saving.then(() => this.saveNow());
    await this.saving;
  }

  private async saveNow(): Promise<void> {
    const checkpoint = this.reachedCheckpoint;
    if (checkpoint === this.saved) return;
    this.unsavedEvents = 0;
    try {
      await this.parts.checkpoints.save(this.parts.consumer, checkpoint);
      this.saved = checkpoint;
    } catch (error) {
      const { consumer, log } = this.parts;
      log.warn('The checkpoint could not be saved. Events since the last one may be delivered again.', {
        consumer,
        error,
      });
    }
  }

  private saveWithin(ms: number): void {
    const dueMs = this.parts.clock.monotonicMs() + ms;
    if (this.timer && this.timer.dueMs <= dueMs) return;
    this.timer?.cancel.abort();
    const cancel = new AbortController();
    this.timer = { dueMs, cancel };
    this.parts.clock.sleep(ms, cancel.signal).then(
      () => this.save(),
      () => undefined,
    );
  }
}
