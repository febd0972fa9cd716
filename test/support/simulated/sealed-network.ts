import { afterEach } from '@jest/globals';
import type { BackupSettings, EnvironmentDescription } from '#libs/domain';
import { createHistoryDocument, type HistoryDocument } from '#libs/archive';
import type { SealedChain } from '../sealed-chain.js';
import { BackupWorld } from '../worlds/backup-world.js';
import { provideGenesis } from '../worlds/exported-environment.js';
import { chainOfBlocks } from './simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from './simulated-node.js';

/** What of a chain the nodes serve. */
export type ServedChain = Pick<SealedChain, 'raws' | 'hashes' | 'genesis'>;

const NODES = ['monitor', 'v1', 'v2', 'v3', 'v4'];

export type SealedStart = Readonly<{
  settings?: Partial<BackupSettings>;
  head?: number;
  withGenesis?: boolean;
  client?: Pick<EnvironmentDescription, 'provider' | 'consensus'>;
}>;

/** A world with a monitor and four SIMULATED validators that serve GENERATED, sealed chains. */
export class SealedNetwork {
  world!: BackupWorld;
  private readonly nodes = new Map<string, SimulatedNode>();

  constructor() {
    afterEach(() => this.close());
  }

  async close(): Promise<void> {
    await this.world.close();
    await Promise.all([...this.nodes.values()].map((each) => each.close()));
    this.nodes.clear();
  }

  /** Registers the network and backs it up once. */
  async start(chain: ServedChain, { settings = {}, head, withGenesis = true, client }: SealedStart = {}) {
    this.world = await BackupWorld.create();
    for (const nodeId of NODES)
      this.nodes.set(
        nodeId,
        await startSimulatedNode({ chain: chainOfBlocks(chain.raws, chain.hashes), nodeId }),
      );
    this.serve(chain, head);
    const described = [...this.nodes].map(
      ([id, { url }]) => [id, id === 'monitor' ? 'monitor' : 'validator', url] as const,
    );
    await this.world.environment(
      described,
      { segmentBlocks: 10, ...settings },
      client ?? { provider: 'quorum', consensus: 'qbft' },
    );
    if (withGenesis) await provideGenesis(this.world, chain.genesis);
    await this.backUp();
  }

  /** The nodes now hold this chain, up to a head. */
  serve(chain: ServedChain, head = chain.raws.length - 1, ids: readonly string[] = NODES): void {
    for (const id of ids) {
      const blocks = chainOfBlocks(chain.raws, chain.hashes);
      blocks.head = BigInt(head);
      this.nodes.get(id)!.rpc.chain = blocks;
    }
  }

  /** One backup, to its end; its last event. */
  async backUp() {
    await this.world.request();
    await this.world.settle();
    return this.world.lastEvent();
  }

  async decide(decision: 'keep' | 'supersede') {
    const { at, context } = this.world.context();
    const command = { type: 'DecideSupersession', decision, reason: 'looked at both', at } as const;
    await this.world.ports.streams.backups.handle('e', command, context);
  }

  async history(): Promise<HistoryDocument> {
    const read = await this.world.ports.histories.read('e');
    return createHistoryDocument(read.entries, 'quorum', read.latestBackup ?? null);
  }

  /** Start, end and state of every file, in the order they were recorded. */
  async files(): Promise<readonly (readonly [number, number, boolean])[]> {
    const { entries } = await this.world.ports.histories.read('e');
    return entries.map(({ start, end, canonical }) => [Number(start), Number(end), canonical]);
  }
}
