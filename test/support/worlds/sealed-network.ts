import { genesisKey, manifestKey, parseManifest, type SegmentManifest } from '#libs/archive';
import type { BackupSettings, Consensus, EnvironmentDescription, HistoryEntry } from '#libs/domain';
import { bodyFromBytes } from '#libs/object-store';
import type { SealedChain, SealedConsensus } from '../sealed-chain.js';
import { chainOfBlocks } from '../simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../simulated/simulated-node.js';
import { BackupWorld } from './backup-world.js';
import { provideGenesis } from './exported-environment.js';

export type SealedNetworkOptions = Readonly<{
  consensus: SealedConsensus;
  settings?: Partial<BackupSettings>;
  /** `undefined`: no document is provided. */
  genesis?: unknown;
  validators?: number;
}>;

const environmentOf = (
  consensus: SealedConsensus,
): Pick<EnvironmentDescription, 'provider' | 'consensus'> => ({
  provider: consensus === 'ibft2' ? 'besu' : consensus === 'clique' ? 'geth' : 'quorum',
  consensus: consensus === 'plain' ? 'other' : (consensus satisfies Consensus),
});

/** SIMULATED nodes of one sealed chain (node 0 is the monitor), and the real handlers over them. */
export class SealedNetwork {
  private constructor(
    readonly world: BackupWorld,
    readonly nodes: readonly SimulatedNode[],
  ) {}

  static async start(chain: SealedChain, options: SealedNetworkOptions): Promise<SealedNetwork> {
    const world = await BackupWorld.create();
    const { validators = 3, consensus, settings, genesis } = options;
    const nodes = await Promise.all(
      Array.from({ length: validators + 1 }, (_, index) =>
        startSimulatedNode({ chain: chainOfBlocks(chain.raws, chain.hashes), nodeId: `node-${index}` }),
      ),
    );
    const named = nodes.map(({ url }, index) =>
      index === 0 ? (['monitor', 'monitor', url] as const) : ([`v${index}`, 'validator', url] as const),
    );
    await world.environment(named, settings, environmentOf(consensus));
    if (genesis !== undefined) await provideGenesis(world, genesis);
    return new SealedNetwork(world, nodes);
  }

  async close(): Promise<void> {
    await this.world.close();
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  /** One run with all nodes at this head, or at the chain's end; the type of the run's last event. */
  async backUp(head?: number): Promise<string | undefined> {
    for (const { rpc } of this.nodes) if (head !== undefined) rpc.chain.head = BigInt(head);
    await this.world.request();
    await this.world.settle();
    return (await this.world.lastEvent())?.type;
  }

  async failure(): Promise<Readonly<{ code: unknown; message: unknown }>> {
    const { type, data } = (await this.world.lastEvent()) ?? { type: 'nothing', data: {} };
    return { code: data['code'] ?? type, message: data['message'] ?? data['reason'] };
  }

  async files(): Promise<readonly HistoryEntry[]> {
    return (await this.world.ports.histories.read('e')).entries;
  }

  async newest(): Promise<HistoryEntry> {
    const entry = (await this.files()).at(-1);
    if (entry === undefined) throw new RangeError('No file was recorded.');
    return entry;
  }

  async manifest(): Promise<SegmentManifest> {
    const store = this.world.objects.stores.values().next().value;
    if (store === undefined) throw new RangeError('There is no bucket.');
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.get(manifestKey('e', (await this.newest()).file))) chunks.push(chunk);
    return parseManifest(Buffer.concat(chunks));
  }

  async provideGenesis(document: unknown): Promise<void> {
    await provideGenesis(this.world, document);
  }

  /** Somebody writes other bytes under a name of the managed bucket. */
  async alter(key: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
    const store = this.world.objects.stores.values().next().value;
    if (store === undefined) throw new RangeError('There is no bucket.');
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.get(key)) chunks.push(chunk);
    await store.put(key, bodyFromBytes(change(Buffer.concat(chunks))), 'always');
  }

  /** Somebody writes another document to the bucket. */
  async alterGenesis(): Promise<void> {
    const store = this.world.objects.stores.values().next().value;
    await store?.put(genesisKey('e'), bodyFromBytes(Buffer.from('{"config":{}}')), 'always');
  }

  async release(runId: string, reason: string): Promise<void> {
    const { at, context } = this.world.context();
    const command = { type: 'ReleaseSegment', runId, reason, at } as const;
    await this.world.ports.streams.backups.handle('e', command, context);
  }

  async reanchor(reason: string): Promise<void> {
    const { at, context } = this.world.context();
    await this.world.ports.streams.backups.handle('e', { type: 'Reanchor', reason, at }, context);
  }
}
