/**
 * Port: which keys (environment or target ids) this replica works for. A hint that keeps replicas out of each other's
 * way, never a lock: what a replica appends is fenced by the expected revision.
 *
 * Contract: `owns` answers from memory and may change at any moment; `onChange` calls the listener after each change
 * and returns a function that ends that.
 */
export abstract class Ownership {
  abstract owns(key: string): boolean;
  abstract onChange(listener: () => void): () => void;
}

/** One process alone works for every key. */
export class OwnsAll extends Ownership {
  owns(): boolean {
    return true;
  }

  onChange(): () => void {
    return () => undefined;
  }
}
