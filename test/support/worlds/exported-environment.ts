import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { genesisKey, parseGenesis, segmentKey } from '#libs/archive';
import type { BackupSettings } from '#libs/domain';
import { bodyFromBytes, type ObjectStore } from '#libs/object-store';
import { managedBucketOf } from '#libs/services';
import { ResolveHandler } from '../../../apps/consensus-resolver/src/resolve.handler.js';
import { BackupWorld } from './backup-world.js';
import type { SealedChain } from '../sealed-chain.js';
import { chainOfBlocks } from '../simulated/simulated-chain.js';
import { startSimulatedNode, type SimulatedNode } from '../simulated/simulated-node.js';

export type ExportedEnvironment = Readonly<{
  /** The folder of environment `e`, as it lies in a target. */
  folder: string;
  world: BackupWorld;
  nodes: readonly SimulatedNode[];
  close: () => Promise<void>;
}>;

export type ExportOptions = Readonly<{
  settings?: Partial<BackupSettings>;
  /** Blocks that are there at the first backup; the rest is there at the second. */
  firstHead?: number;
  withGenesis?: boolean;
  /** Forms of the blocks that the monitor (0) and the validators (1, 2) hold, when not those of the chain. */
  raws?: (node: number) => readonly Uint8Array[] | undefined;
  /** Content of an object that a crash left under the key of the first file, before its event. */
  leftBehind?: Uint8Array;
  /** What the nodes answer about the validators at a height. */
  validators?: readonly string[];
}>;

/** Gives environment `e` its genesis document, as an operator would. */
export const provideGenesis = async (world: BackupWorld, document: unknown): Promise<void> => {
  const { state } = await world.ports.streams.environments.load('e');
  if (state.status === 'absent') return;
  const { genesisHash } = parseGenesis(document);
  const body = bodyFromBytes(Buffer.from(`${JSON.stringify(document, null, 2)}\n`));
  const managed = await managedBucketOf(state, world.ports);
  await managed.put(genesisKey('e'), body, 'always');
  const { at, context } = world.context();
  const genesis = { sha256: body.sha256, genesisHash, key: genesisKey('e'), bytes: body.bytes };
  await world.ports.streams.environments.handle('e', { type: 'ProvideGenesis', genesis, at }, context);
};

/** Plans the run that was requested, and puts an object under the key of its first file. */
const leaveBehind = async (world: BackupWorld, content: Uint8Array): Promise<void> => {
  await new ResolveHandler(world.ports).step('e', new AbortController().signal);
  const backup = await world.backup();
  const { state } = await world.ports.streams.environments.load('e');
  const file = backup.status === 'exporting' ? backup.plan[0]?.file : undefined;
  if (file === undefined || state.status === 'absent') throw new Error('nothing is planned');
  const managed = await managedBucketOf(state, world.ports);
  await managed.put(segmentKey('e', file), bodyFromBytes(content), 'if-absent');
};

const writeStore = async (store: ObjectStore, folder: string): Promise<void> => {
  for await (const { key } of store.list('e/')) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.get(key)) chunks.push(chunk);
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), Buffer.concat(chunks));
  }
};

/** A chain backed up by the real handlers from SIMULATED nodes, delivered to a target, written to a directory. */
export const exportedEnvironment = async (
  chain: SealedChain,
  options: ExportOptions = {},
): Promise<ExportedEnvironment> => {
  const world = await BackupWorld.create();
  const head = options.firstHead ?? chain.raws.length - 1;
  const nodes = await Promise.all(
    [0, 1, 2].map(async (index) => {
      const blocks = chainOfBlocks(options.raws?.(index) ?? chain.raws, chain.hashes);
      blocks.head = BigInt(head);
      const { validators } = options;
      const nodeId = `simulated-${index}`;
      return startSimulatedNode({ chain: blocks, nodeId, ...(validators ? { validators } : {}) });
    }),
  );
  const named = nodes.map(({ url }, index) =>
    index === 0 ? (['monitor', 'monitor', url] as const) : ([`v${index}`, 'validator', url] as const),
  );
  await world.environment(named, { segmentBlocks: 8, ...options.settings });
  if (options.withGenesis ?? true) await provideGenesis(world, chain.genesis);
  await world.request();
  if (options.leftBehind) await leaveBehind(world, options.leftBehind);
  await world.settle();
  if (head < chain.raws.length - 1) {
    for (const { rpc } of nodes) rpc.chain.head = BigInt(chain.raws.length - 1);
    await world.request();
    await world.settle();
  }
  await world.target('target');
  await world.deliver('target');
  const root = await mkdtemp(join(tmpdir(), 'chainkeep-exported-'));
  const target = world.objects.stores.get('/target');
  if (target !== undefined) await writeStore(target, root);
  return {
    folder: join(root, 'e'),
    world,
    nodes,
    close: async () => {
      await world.close();
      await Promise.all(nodes.map((node) => node.close()));
      await rm(root, { recursive: true, force: true });
    },
  };
};
