import { Partitioners, type PartitionMetadata } from './kafka-client.js';
import { Ownership } from '../ownership.js';

const KNOWN_KEYS_MAX = 100_000;

/** Which partition a key is in: murmur2 as Kafka's own clients do it, remembered, as the library's is slow. */
export class PartitionMap {
  private readonly known = new Map<string, number>();
  private readonly choose = Partitioners.DefaultPartitioner();
  private readonly metadata: PartitionMetadata[];

  constructor(partitions: number) {
    this.metadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [],
      isr: [],
    }));
  }

  partitionOf(key: string): number {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.known.size >= KNOWN_KEYS_MAX) this.known.clear();
    const partition = this.choose({
      topic: '',
      partitionMetadata: this.metadata,
      message: { key, value: null },
    });
    this.known.set(key, partition);
    return partition;
  }
}

/** Ownership of the keys whose partitions of one topic a group's member holds. */
export class PartitionOwnership extends Ownership {
  private readonly listeners = new Set<() => void>();
  private heldPartitions: ReadonlySet<number> = new Set();

  constructor(private readonly map: PartitionMap) {
    super();
  }

  get held(): readonly number[] {
    return [...this.heldPartitions].sort((a, b) => a - b);
  }

  owns(key: string): boolean {
    return this.heldPartitions.has(this.map.partitionOf(key));
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The partitions that are held from now on. */
  assign(partitions: readonly number[]): void {
    const same =
      partitions.length === this.heldPartitions.size && partitions.every((p) => this.heldPartitions.has(p));
    if (same) return;
    this.heldPartitions = new Set(partitions);
    for (const listener of [...this.listeners]) listener();
  }
}
