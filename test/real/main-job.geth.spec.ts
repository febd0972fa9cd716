/**
 * @proves Three backups equal geth's export byte for byte, and a fresh geth imports them. A monitor without peers is named. A real fork ends a backup at its fork point, and files of an abandoned side are superseded.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import {
  canonicalSelection,
  checkContinuity,
  createHistoryDocument,
  type HistoryDocument,
} from '#libs/archive';
import { BackupWorld } from '../support/worlds/backup-world.js';
import { GethNetwork, MONITOR } from '../support/servers/geth-network.js';
import { describeWith } from '../support/servers/real-servers.js';

const VALIDATORS = ['v1', 'v2', 'v3', 'v4'];

describeWith('geth')('The main job on a real Clique network of geth 1.13.15', () => {
  let network: GethNetwork;
  let world: BackupWorld;
  let folder: string;

  beforeAll(async () => {
    network = await GethNetwork.start();
    folder = await mkdtemp(join(tmpdir(), 'main-job-'));
  });
  afterAll(async () => {
    await network.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    world = await BackupWorld.create();
  });
  afterEach(async () => {
    await world.close();
  });

  const described = (validators: readonly string[]) => [
    [MONITOR, 'monitor', network.monitor.url] as const,
    ...validators.map((name) => [name, 'validator', network.node(name).url] as const),
  ];
  const backUp = async (): Promise<void> => {
    await world.request();
    await world.settle();
  };
  const history = async (): Promise<HistoryDocument> => {
    const { entries, latestBackup } = await world.ports.histories.read('e');
    return createHistoryDocument(entries, 'geth', latestBackup ?? null);
  };
  const bytesOf = async (file: string): Promise<Buffer> => {
    const managed = [...world.objects.stores.values()][0]!;
    const chunks: Uint8Array[] = [];
    for await (const chunk of managed.get(`e/${file}`)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it('three backups are byte for byte what geth exports, and a fresh geth imports them', async () => {
    await world.environment(described(VALIDATORS), { segmentBlocks: 8 });
    await network.sendTransactions('v1', 5);
    for (const more of [10, 20, 30]) {
      await network.untilOneChain(more, 90_000);
      await backUp();
      expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    }
    const selection = canonicalSelection(await history());
    expect(checkContinuity(selection)).toEqual([]);
    const files: string[] = [];
    for (const { file } of selection) {
      files.push(join(folder, file));
      await writeFile(join(folder, file), await bytesOf(file));
    }
    const tip = selection.at(-1)!.end_block;
    expect(tip.block).toBeGreaterThanOrEqual(28);
    await network.monitor.stop();
    const exported = join(folder, 'exported.rlp');
    await network.monitor.exportTo(exported, 0, tip.block);
    await network.startNode(MONITOR);
    const ours = Buffer.concat(await Promise.all(files.map((file) => readFile(file))));
    expect(ours.equals(await readFile(exported))).toBe(true);
    expect(await network.importFresh('restored', files)).toStrictEqual({ number: tip.block, hash: tip.hash });
    await network.untilOneChain(tip.block + 1, 60_000);
  });

  it('names a monitor without peers instead of finding nothing new, and goes on when it has them', async () => {
    await world.environment(described(VALIDATORS));
    await network.untilOneChain(5, 60_000);
    await backUp();
    expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    await network.partition({ validators: VALIDATORS });
    // What came while it lost its peers is backed up first.
    await backUp();
    const alone = await network.monitor.head();
    await network.untilHeight('v1', alone.number + 8, 60_000);
    await backUp();
    expect(await world.lastEvent()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: expect.stringMatching(/^MONITOR_/), reason: expect.stringContaining(MONITOR) },
    });
    await network.heal();
    await network.untilOneChain(alone.number + 9, 60_000);
    await backUp();
    expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
  });

  it('ends at the fork point of a real fork, names who departs, and goes on without a gap after healing', async () => {
    await world.environment(described(VALIDATORS), { segmentBlocks: 50 });
    await network.fork();
    const at = (await network.node('v1').head()).number;
    await Promise.all(['v1', 'v3', MONITOR].map((name) => network.untilHeight(name, at + 22, 120_000)));
    await backUp();
    const agreed = (await world.events()).find(({ type }) => type === 'RangeAgreed');
    const end = Number((agreed?.data['end'] as { number: string }).number);
    expect(await network.node('v3').hashOf(end)).toBe(await network.node('v1').hashOf(end));
    expect(await network.node('v3').hashOf(end + 1)).not.toBe(await network.node('v1').hashOf(end + 1));
    const departures = agreed?.data['departures'] as { nodeId: string; height: string }[];
    expect(departures.map(({ nodeId, height }) => [nodeId, Number(height)])).toEqual([
      ['v3', end + 1],
      ['v4', end + 1],
    ]);
    await network.healFork();
    const heads = await Promise.all(
      ['v1', 'v3'].map(async (name) => (await network.node(name).head()).number),
    );
    await network.untilOneChain(Math.max(...heads) + 2, 120_000);
    await backUp();
    expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    const document = await history();
    expect(checkContinuity(canonicalSelection(document))).toEqual([]);
    expect(document.history.every(({ canonical_chain }) => canonical_chain)).toBe(true);
    expect(document.history.at(-1)!.end_block.block).toBeGreaterThan(end + 20);
  });

  it('supersedes the files of a side that every node left', async () => {
    await world.environment(described(['v1', 'v2']), { segmentBlocks: 10 });
    await network.fork();
    const at = (await network.node('v1').head()).number;
    await Promise.all(['v1', 'v2', 'v3', MONITOR].map((name) => network.untilHeight(name, at + 22, 120_000)));
    await backUp();
    const abandoned = (await world.backup()).tip!;
    expect(await network.node('v3').hashOf(Number(abandoned.number))).not.toBe(abandoned.hash);
    // Two keys of four can't go on: the other side becomes the longer one.
    await network.node('left-v3').stop();
    const left = (await network.node('v1').head()).number;
    await network.untilHeight('v3', left + 12, 120_000);
    await network.healFork();
    await network.untilOneChain(left + 12, 120_000);
    await backUp();
    expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    const document = await history();
    const stale = document.history.filter(({ canonical_chain }) => !canonical_chain);
    expect(stale.length).toBeGreaterThan(0);
    expect(stale.some(({ end_block }) => end_block.hash === abandoned.hash)).toBe(true);
    const newest = new Map<number, string>();
    for (const { start_block, file } of document.history) newest.set(start_block.block, file);
    const selection = canonicalSelection(document);
    expect(checkContinuity(selection)).toEqual([]);
    // "The newest date for a start block" alone gives the same files.
    expect([...newest.values()]).toEqual(selection.map(({ file }) => file));
    for (const { end_block } of selection) {
      expect(await network.monitor.hashOf(end_block.block)).toBe(end_block.hash);
    }
  });
});
