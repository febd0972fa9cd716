import type { BackoffPolicy, Clock } from '#libs/kernel';

import type { ChainNode } from '../chain-node.js';
import type { BlockSink } from './chunk-writer.js';
import type { SegmentCollector } from './segment-collector.js';

export type GatherProgress = Readonly<{ next: bigint; end: bigint; bytes: number; node: string }>;

/** Which node supplied which blocks. */
export type GatherSource = Readonly<{ node: string; first: bigint; last: bigint }>;

export type GatherRequest = Readonly<{
  /** The preferred node first; the others go on where it was lost. At least one. */
  nodes: readonly ChainNode[];
  /** The segment, empty or holding the blocks that are already staged. */
  collector: SegmentCollector;
  /** Takes verified bytes in order; its promise holds the stream back. */
  sink: BlockSink;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: GatherProgress) => void) | undefined;
  /** Share of a node's time that may be taken, in (0, 1]; all of it by default. */
  shareOf?: (node: ChainNode) => number;
  /** Read several nodes at the same time, each a part, instead of one until it is lost. */
  striped?: boolean;
}>;

export type GatherDeps = Readonly<{
  clock: Clock;
  /** In [0, 1), for jitter. */
  random: () => number;
  retry?: BackoffPolicy;
  /** How long the segment may stall over all retries before it fails, in ms. */
  stallMs?: number;
}>;
