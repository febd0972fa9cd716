import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { canonicalSelection, checkContinuity, createHistoryDocument, parseManifest } from '#libs/archive';
import type { BftClient } from '../servers/bft-clients.js';
import type { BftConsensus } from '../servers/bft-genesis.js';
import { BftNetwork, MONITOR, VALIDATORS } from '../servers/bft-network.js';
import { BackupWorld } from './backup-world.js';
import { provideGenesis } from './exported-environment.js';

const SEGMENT_BLOCKS = 6;

/** What the managed bucket holds under a key of environment `e`. */
const objectOf = async (world: BackupWorld, name: string): Promise<Buffer> => {
  const managed = [...world.objects.stores.values()][0]!;
  const chunks: Uint8Array[] = [];
  for await (const chunk of managed.get(`e/${name}`)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Canonical files, their bytes, and what each manifest says about the certificate. */
const filesOf = async (world: BackupWorld, provider: BftClient['provider']) => {
  const { entries, latestBackup } = await world.ports.histories.read('e');
  const selection = canonicalSelection(createHistoryDocument(entries, provider, latestBackup ?? null));
  expect(checkContinuity(selection)).toEqual([]);
  return Promise.all(
    selection.map(async ({ file, end_block }) => ({
      last: end_block,
      bytes: await objectOf(world, file),
      source: entries.find((entry) => entry.file === file)?.sourceNode,
      certificate: parseManifest(await objectOf(world, `${file}.manifest.json`)).certificate,
    })),
  );
};

const together = (files: readonly Readonly<{ bytes: Buffer }>[]): Buffer =>
  Buffer.concat(files.map(({ bytes }) => bytes));

/** The main job on a real network of one client and consensus. */
const describeConsensus = (client: BftClient, consensus: BftConsensus): void => {
  describe(consensus, () => {
    let network: BftNetwork;
    let world: BackupWorld;
    beforeAll(async () => {
      network = await BftNetwork.start(client, consensus);
    });
    afterAll(async () => {
      await network.stop();
    });
    const newWorld = async (): Promise<BackupWorld> => {
      const made = await BackupWorld.create();
      const nodes = [
        [MONITOR, 'monitor', network.url(MONITOR)] as const,
        ...VALIDATORS.map((name) => [name, 'validator', network.url(name)] as const),
      ];
      await made.environment(
        nodes,
        { segmentBlocks: SEGMENT_BLOCKS },
        { provider: client.provider, consensus },
      );
      await provideGenesis(made, network.genesis);
      return made;
    };
    beforeEach(async () => {
      world = await newWorld();
    });
    afterEach(async () => {
      await world.close();
    });
    const backUp = async (through: number): Promise<void> => {
      await network.untilHeight(MONITOR, through);
      await world.request();
      await world.settle();
      expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    };

    it('three backups are what the client exports, certified, and a fresh client imports them', async () => {
      for (const more of [5, 10, 15]) await backUp((await network.height(MONITOR)) + more);
      const files = await filesOf(world, client.provider);
      const { block, hash } = files.at(-1)!.last;
      for (const { source, certificate } of files) {
        expect(source).toBe(MONITOR);
        expect(certificate).toMatchObject({ kind: 'commit-seals', verdict: 'valid', validators: 4 });
      }
      const ours = together(files);
      expect(ours.equals(await network.exported(MONITOR, 0, block))).toBe(true);
      const head = await network.imported('restored', [ours]);
      expect([Number(head.number), head.hash]).toStrictEqual([block, hash]);
      await network.end('restored');
      process.stderr.write(
        `${client.name} ${consensus}: ${block + 1} blocks in ${files.length} files are equal\n`,
      );
    });

    it("writes by the client's own export, halted by commands, what it reads by RPC", async () => {
      await network.controlled(MONITOR, async (controller) => {
        await world.control(MONITOR, network.url(MONITOR), controller);
        await world.configure({ gather: 'client-export' });
        await backUp(10);
      });
      const types = (await world.events()).map(({ type }) => type);
      expect(types.filter((type) => type === 'MonitorResumed')).toHaveLength(1);
      const exported = together(await filesOf(world, client.provider));
      await world.close();
      world = await newWorld();
      await backUp(await network.height(MONITOR));
      const read = together(await filesOf(world, client.provider));
      expect(read.subarray(0, exported.length).equals(exported)).toBe(true);
    });

    it('names a monitor without peers instead of finding nothing new, and goes on when it has them', async () => {
      await backUp(5);
      await network.isolated(MONITOR, async () => {
        // What came while it lost its peers is backed up first.
        await world.request();
        await world.settle();
        await network.untilHeight('v1', (await network.height(MONITOR)) + 8);
        await world.request();
        await world.settle();
        expect(await world.lastEvent()).toMatchObject({
          type: 'RangeDisputed',
          data: { code: expect.stringMatching(/^MONITOR_/), reason: expect.stringContaining(MONITOR) },
        });
      });
      await backUp(await network.height('v1'));
    });

    it('names a validator killed with -9 where all must confirm, and goes on where a quorum is enough', async () => {
      await backUp(10);
      await network.end('v4', 'SIGKILL');
      const before = await network.height(MONITOR);
      await network.untilHeight(MONITOR, before + 8);
      await world.request();
      await world.settle();
      const disputed = await world.lastEvent();
      expect(disputed?.type).toBe('RangeDisputed');
      expect(disputed?.data['confirmations']).toContainEqual(
        expect.objectContaining({ nodeId: 'v4', outcome: 'unreachable' }),
      );
      await world.configure({ agreement: { kind: 'quorum' } });
      await backUp(before + 8);
      const files = await filesOf(world, client.provider);
      expect(files.at(-1)!.last.block).toBeGreaterThan(before);
      for (const { certificate } of files) expect(certificate).toMatchObject({ verdict: 'valid' });
      const ours = together(files);
      expect(ours.equals(await network.exported(MONITOR, 0, files.at(-1)!.last.block))).toBe(true);
      await network.startNode('v4');
      await network.untilHeight('v4', before + 8);
    });
  });
};

/** The suite of a client that only some machines have: skipped by name without it. */
export const describeBftBackups = (client: BftClient): void => {
  (client.path === '' ? describe.skip : describe)(`The main job on a real network of ${client.name}`, () => {
    for (const consensus of client.consensuses) describeConsensus(client, consensus);
  });
};
