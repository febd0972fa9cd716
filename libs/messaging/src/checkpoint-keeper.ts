import type { CheckpointStore, Position } from '#libs/event-sourcing';
import type { Clock } from '#libs/kernel';
import type { BusLog } from './bus-log.js';

const EVENTS_UNSAVED_MAX = 100;
const HANDLED_SAVE_MS = 50;
/** Events of other types went by: losing that only costs reading past them again. */
const PASSED_SAVE_MS = 1_000;

type Timer = Readonly<{ dueMs: number; cancel: AbortController }>;

export type CheckpointKeeperParts = Readonly<{
  consumer: string;
  checkpoints: CheckpointStore;
  clock: Clock;
  log: BusLog;
}>;

/** Saves how far a consumer has got: always after the handling, in batches, and at the end. */
export class CheckpointKeeper {
  private unsavedEvents = 0;
  private saved: Position;
  private reachedPosition: Position;
  private saving: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;

  private constructor(
    private readonly parts: CheckpointKeeperParts,
    start: Position,
  ) {
    this.saved = start;
    this.reachedPosition = start;
  }

  /** Starts where the consumer's checkpoint says. */
  static async load(parts: CheckpointKeeperParts): Promise<CheckpointKeeper> {
    return new CheckpointKeeper(parts, await parts.checkpoints.load(parts.consumer));
  }

  get reached(): Position {
    return this.reachedPosition;
  }

  /** An event was handled in full; waits for the save when a batch is complete. */
  async handled(position: Position): Promise<void> {
    this.reachedPosition = position;
    this.unsavedEvents += 1;
    if (this.unsavedEvents >= EVENTS_UNSAVED_MAX) await this.save();
    else this.saveWithin(HANDLED_SAVE_MS);
  }

  /** Nothing for this consumer up to `position`. */
  passed(position: Position): void {
    if (position <= this.reachedPosition) return;
    this.reachedPosition = position;
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
    const position = this.reachedPosition;
    if (position === this.saved) return;
    this.unsavedEvents = 0;
    try {
      await this.parts.checkpoints.save(this.parts.consumer, position);
      this.saved = position;
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
