/**
 * @proves Blocks that a failed run staged are not gathered again, unless the chain has left them; each file names the nodes its blocks came from (SIMULATED nodes).
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manifestKey, parseManifest, type SegmentManifest } from '#libs/archive';
import { BackupWorld } from '../support/worlds/backup-world.js';
import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedChain,
  type SimulatedNode,
} from '../support/simulated/simulated-node.js';

const BLOCKS = 6_000;

describe('staged blocks', () => {
  let world: BackupWorld;
  let nodes: SimulatedNode[] = [];
  beforeEach(async () => {
    world = await BackupWorld.create();
  });
  afterEach(async () => {
    await world.close();
    await Promise.all(nodes.map((node) => node.close()));
  });

  const start = async (chain: SimulatedChain): Promise<readonly [SimulatedNode, SimulatedNode]> => {
    const make = (nodeId: string) => startSimulatedNode({ chain: { ...chain }, nodeId });
    const [monitor, validator] = [await make('monitor'), await make('v1')];
    nodes = [monitor, validator];
    await world.environment([
      ['monitor', 'monitor', monitor.url],
      ['v1', 'validator', validator.url],
    ]);
    return [monitor, validator];
  };
  const backUp = async (): Promise<string | undefined> => {
    await world.request();
    await world.settle();
    return (await world.lastEvent())?.type;
  };
  const newest = async () => (await world.ports.histories.read('e')).entries.at(-1);
  const manifest = async (): Promise<SegmentManifest> => {
    const store = world.objects.stores.values().next().value!;
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.get(manifestKey('e', (await newest())!.file))) chunks.push(chunk);
    return parseManifest(Buffer.concat(chunks));
  };

  it('of a run that failed are the start of the next one, although its range is longer', async () => {
    const [monitor, validator] = await start(syntheticChain({ blocks: BLOCKS }));
    for (const { rpc } of nodes) rpc.chain.head = 5_000n;
    // The monitor spoils one body, the validator has lost all.
    const gone = { prunedBelow: 10_000n };
    monitor.rpc.faults = { wrongBodyAt: 4_000n };
    validator.rpc.faults = gone;
    expect(await backUp()).toBe('BackupFailed');
    for (const { rpc } of nodes) {
      rpc.faults = {};
      rpc.chain.head = BigInt(BLOCKS);
    }
    monitor.rpc.faults = gone;
    expect(await backUp()).toBe('BackupCompleted');
    expect(await newest()).toMatchObject({
      ...{ start: 0n, end: BigInt(BLOCKS), sourceNode: 'v1', sourceNodes: ['monitor', 'v1'] },
    });
    expect(validator.rpc.counts.rawBlocks).toBeLessThan(BLOCKS - 3_500);
    expect((await manifest()).source).toMatchObject({ node: 'v1', nodes: ['monitor', 'v1'] });
  });

  it('that the chain has left since are gathered again', async () => {
    const [monitor, validator] = await start(syntheticChain({ blocks: BLOCKS }));
    monitor.rpc.faults = { wrongBodyAt: 4_000n };
    validator.rpc.faults = { prunedBelow: 10_000n };
    expect(await backUp()).toBe('BackupFailed');
    const fork = syntheticChain({ blocks: BLOCKS, forkAt: 100, branch: 'other' });
    for (const { rpc } of nodes) {
      rpc.faults = {};
      rpc.chain = { ...fork };
    }
    expect(await backUp()).toBe('BackupCompleted');
    expect(await newest()).toMatchObject({
      endHash: fork.header(BigInt(BLOCKS)).hash,
      sourceNode: 'monitor',
    });
    expect((await newest())?.sourceNodes).toBeUndefined();
  });
});
