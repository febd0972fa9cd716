import { createHash } from 'node:crypto';
import type { Hex } from '#libs/kernel';
import { nodePublicKey, type DemoNodeId } from './accounts.js';
import type { ChainView } from './branch.js';

/** `answers`; `silent`: takes connections and never answers; `refuses`: breaks every connection. */
export type Reachability = 'answers' | 'silent' | 'refuses';

export type NodeRole = 'validator' | 'monitor';

/** One node as seen from outside: which chain it follows, how much of it it has, whether it answers. */
export class NodeView {
  readonly role: NodeRole;
  readonly publicKey: string;
  /** 64 hex digits, different for each node. */
  readonly enodeId: string;
  reachability: Reachability = 'answers';
  private lagBlocks = 0;
  private stalledAt = Infinity;

  constructor(
    readonly id: DemoNodeId,
    private chain: ChainView,
  ) {
    this.role = id === 'monitor' ? 'monitor' : 'validator';
    const publicKey = nodePublicKey(id);
    this.publicKey = Buffer.from(publicKey).toString('hex');
    this.enodeId = createHash('sha256').update(publicKey).digest('hex');
  }

  get view(): ChainView {
    return this.chain;
  }

  /** Number of the last block this node has. */
  get head(): number {
    return Math.max(0, Math.min(this.chain.head - this.lagBlocks, this.stalledAt));
  }

  follow(chain: ChainView): void {
    this.chain = chain;
  }

  /** Stays this many blocks behind the head of its chain. */
  lag(blocks: number): void {
    this.lagBlocks = blocks;
  }

  /** Takes no further block. */
  stall(): void {
    this.stalledAt = this.head;
  }

  resume(): void {
    this.lagBlocks = 0;
    this.stalledAt = Infinity;
    this.reachability = 'answers';
  }

  /** The number of a block this node has. */
  numberOf(hash: Hex): number | undefined {
    const number = this.chain.numberOf(hash);
    return number !== undefined && number <= this.head ? number : undefined;
  }
}
