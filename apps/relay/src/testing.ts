import { BEFORE_ALL, checkpointOf, type Checkpoint, type StoredEvent } from '#libs/event-sourcing';
import {
  EventPublisher,
  extendTrail,
  PublishingTerm,
  type PublishableEvent,
  type Trail,
} from '#libs/messaging';

type Prepared = PublishableEvent & Readonly<{ id: string }>;

/** Topics in memory: what was published, and the checkpoint with its trail. */
export class MemoryTopics extends EventPublisher {
  readonly published: string[] = [];
  checkpoint: Checkpoint = BEFORE_ALL;
  trail: Trail = [];

  async takeOver(signal: AbortSignal): Promise<PublishingTerm> {
    const { checkpoint, trail } = this;
    const take = (event: Prepared): void => {
      this.published.push(event.id);
      this.checkpoint = event.checkpoint;
      if (event.checkpoint.event) this.trail = extendTrail(this.trail, event.checkpoint.event, 1);
    };
    const restart = (from: Checkpoint): void => {
      this.checkpoint = from;
    };
    return new (class extends PublishingTerm {
      readonly checkpoint = checkpoint;
      readonly trail = trail;
      readonly lost = signal;
      async publish(events: readonly Prepared[]): Promise<void> {
        events.forEach(take);
      }
      async restart(from: Checkpoint): Promise<void> {
        restart(from);
      }
      async end(): Promise<void> {
        // Nothing is held.
      }
    })();
  }
  prepare(event: StoredEvent): Prepared {
    return { checkpoint: checkpointOf(event), bytes: 1, id: event.id };
  }
  async close(): Promise<void> {
    // Nothing is open.
  }
}
