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
    const topics = this;
    const { checkpoint, trail } = this;
    return new (class extends PublishingTerm {
      readonly checkpoint = checkpoint;
      readonly trail = trail;
      readonly lost = signal;
      async publish(events: readonly Prepared[]): Promise<void> {
        for (const event of events) {
          topics.published.push(event.id);
          topics.checkpoint = event.checkpoint;
          if (event.checkpoint.event) topics.trail = extendTrail(topics.trail, event.checkpoint.event, 1);
        }
      }
      async restart(from: Checkpoint): Promise<void> {
        topics.checkpoint = from;
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
