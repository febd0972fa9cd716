import { afterEach, beforeEach } from '@jest/globals';
import { canonicalSelection, createHistoryDocument, type HistoryDocument } from '#libs/archive';
import type { NodeRole } from '#libs/domain';
import { BackupWorld } from '../worlds/backup-world.js';
import { startSimulatedNode, syntheticChain, type SimulatedNode } from './simulated-node.js';

export const VALIDATORS = ['v1', 'v2', 'v3', 'v4'];

/** A world and SIMULATED nodes for each test of a suite, started and stopped with it. */
export class SimulatedNetwork {
  world!: BackupWorld;
  private nodes = new Map<string, SimulatedNode>();

  constructor() {
    beforeEach(async () => {
      this.world = await BackupWorld.create();
      this.nodes = new Map();
    });
    afterEach(async () => {
      await this.world.close();
      await Promise.all([...this.nodes.values()].map((each) => each.close()));
    });
  }

  async start(blocks: number): Promise<void> {
    for (const id of ['monitor', ...VALIDATORS]) {
      this.nodes.set(id, await startSimulatedNode({ chain: syntheticChain({ blocks }), nodeId: id }));
    }
  }

  node(id: string): SimulatedNode {
    return this.nodes.get(id)!;
  }

  described(): (readonly [string, NodeRole, string])[] {
    return [...this.nodes].map(
      ([id, { url }]) => [id, id === 'monitor' ? 'monitor' : 'validator', url] as const,
    );
  }

  /** All nodes now hold a chain of this length; with a branch, another one from its block on. */
  growAll(blocks: number, branch: { branch?: string; forkAt?: number } = {}): void {
    for (const { rpc } of this.nodes.values()) rpc.chain = syntheticChain({ blocks, ...branch });
  }

  /** One backup, to its end. */
  async backUp(): Promise<void> {
    await this.world.request();
    await this.world.settle();
  }

  async history(): Promise<HistoryDocument> {
    const read = await this.world.ports.histories.read('e');
    return createHistoryDocument(read.entries, 'geth', read.latestBackup ?? null);
  }

  /** The canonical files of the managed bucket one after another. */
  async concatenated(): Promise<Buffer> {
    const managed = [...this.world.objects.stores.values()][0]!;
    const parts: Uint8Array[] = [];
    for (const { file } of canonicalSelection(await this.history())) {
      for await (const chunk of managed.get(`e/${file}`)) parts.push(chunk);
    }
    return Buffer.concat(parts);
  }

  /** Blocks 0 to `through` as the monitor holds them. */
  chainBytes(through: number): Buffer {
    const { chain } = this.node('monitor').rpc;
    return Buffer.concat(Array.from({ length: through + 1 }, (_, n) => chain.raw(BigInt(n))!));
  }
}
