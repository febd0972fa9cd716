/**
 * @proves A backup ends at the agreed block and supersedes abandoned files. When a node lies, is silent, sends garbage or serves another chain, the error names it and nothing wrong is recorded (SIMULATED nodes).
 */
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { canonicalSelection, checkContinuity, parseManifest } from '#libs/archive';
import { digestOf } from '#libs/object-store';
import { SimulatedNetwork, VALIDATORS } from '../support/simulated/simulated-network.js';
import { syntheticChain } from '../support/simulated/simulated-node.js';

describe('the main job on SIMULATED nodes', () => {
  const net = new SimulatedNetwork();

  it('backs up a chain in files of the agreed range and goes on after the last one', async () => {
    await net.start(100);
    await net.world.environment(net.described(), { segmentBlocks: 40 });
    await net.backUp();
    net.growAll(130);
    await net.backUp();
    const document = await net.history();
    expect(
      document.history.map(({ start_block, end_block }) => [start_block.block, end_block.block]),
    ).toEqual([
      [0, 39],
      [40, 79],
      [80, 100],
      [101, 130],
    ]);
    expect(checkContinuity(canonicalSelection(document))).toEqual([]);
    expect((await net.concatenated()).equals(net.chainBytes(130))).toBe(true);
    const managed = [...net.world.objects.stores.values()][0]!;
    for (const { file, sha256 } of (await net.world.ports.histories.read('e')).entries) {
      expect((await digestOf(managed, `e/${file}`)).sha256).toBe(sha256);
      const chunks: Uint8Array[] = [];
      for await (const chunk of managed.get(`e/${file}.manifest.json`)) chunks.push(chunk);
      expect(parseManifest(Buffer.concat(chunks))).toMatchObject({ file, sha256, environment_id: 'e' });
    }
  });

  it('skips when there is no new block', async () => {
    await net.start(10);
    await net.world.environment(net.described());
    await net.backUp();
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'BackupSkipped',
      data: { reason: 'NO_NEW_BLOCK' },
    });
  });

  it('writes gzip files that hold the same blocks', async () => {
    await net.start(30);
    await net.world.environment(net.described(), { compression: 'gzip' });
    await net.backUp();
    const [entry] = (await net.world.ports.histories.read('e')).entries;
    expect(entry?.file).toMatch(/\.rlp\.gz$/);
    expect(gunzipSync(await net.concatenated()).equals(net.chainBytes(30))).toBe(true);
  });

  it('agrees up to a fork and names who departs; after healing it goes on without a gap', async () => {
    await net.start(100);
    for (const id of ['v3', 'v4']) {
      net.node(id).rpc.chain = syntheticChain({ blocks: 100, branch: 'other', forkAt: 61 });
    }
    await net.world.environment(net.described());
    await net.backUp();
    const agreed = (await net.world.events()).find(({ type }) => type === 'RangeAgreed');
    expect(agreed?.data).toMatchObject({
      end: { number: '60' },
      departures: [
        { nodeId: 'v3', height: '61' },
        { nodeId: 'v4', height: '61' },
      ],
    });
    net.growAll(120);
    await net.backUp();
    const document = await net.history();
    expect(checkContinuity(canonicalSelection(document))).toEqual([]);
    expect(document.history.at(-1)?.end_block.block).toBe(120);
  });

  it('replaces files of an unsealed chain that the quorum left, from the file with the fork on, when an operator says so', async () => {
    await net.start(100);
    await net.world.environment(net.described(), { segmentBlocks: 20 });
    await net.backUp();
    net.growAll(130, { branch: 'better', forkAt: 51 });
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'SUPERSESSION_PENDING' },
    });
    expect((await net.history()).history.every(({ canonical_chain }) => canonical_chain)).toBe(true);
    const { at, context } = net.world.context();
    const decide = { type: 'DecideSupersession', decision: 'supersede', reason: 'a new chain', at } as const;
    await net.world.ports.streams.backups.handle('e', decide, context);
    await net.backUp();
    const document = await net.history();
    const stale = document.history.filter(({ canonical_chain }) => !canonical_chain);
    expect(stale.map(({ start_block }) => start_block.block)).toEqual([40, 60, 80, 100]);
    const selection = canonicalSelection(document);
    expect(checkContinuity(selection)).toEqual([]);
    expect(selection.at(-1)?.end_block.block).toBe(130);
    expect((await net.concatenated()).equals(net.chainBytes(130))).toBe(true);
  });

  it.each([
    ['a broken connection', 'v2', { refuses: true }, 'VALIDATOR_UNREACHABLE'],
    ['silence until the time limit', 'v2', { silent: true }, 'VALIDATOR_UNREACHABLE'],
    ['garbage', 'v2', { garbage: true }, 'VALIDATOR_UNREACHABLE'],
    ['a truncated batch', 'v2', { truncatedBatch: true }, 'VALIDATOR_UNREACHABLE'],
  ] as const)(
    'names the validator that answers with %s and records nothing wrong',
    async (_what, id, faults, code) => {
      await net.start(50);
      Object.assign(net.node(id).rpc.faults, faults);
      await net.world.environment(net.described());
      await net.backUp();
      const last = await net.world.lastEvent();
      expect(last).toMatchObject({ type: 'RangeDisputed', data: { code } });
      expect(JSON.stringify(last?.data)).toContain(id);
      expect((await net.history()).history).toEqual([]);
    },
  );

  it('fails a run whose blocks no node gives truthfully, naming the node', async () => {
    await net.start(50);
    for (const id of ['monitor', ...VALIDATORS]) net.node(id).rpc.faults.wrongBodyAt = 20n;
    await net.world.environment(net.described());
    await net.backUp();
    const last = await net.world.lastEvent();
    expect(last).toMatchObject({ type: 'BackupFailed', data: { code: 'TRANSACTIONS_ROOT_MISMATCH' } });
    expect(last?.data['message']).toMatch(/monitor|v[1-4]/);
    expect((await net.history()).history).toEqual([]);
  });

  it('names the validator that holds another hash, and takes no block from there on', async () => {
    await net.start(50);
    net.node('v2').rpc.faults.wrongHashAt = 50n;
    await net.world.environment(net.described());
    await net.backUp();
    const agreed = (await net.world.events()).find(({ type }) => type === 'RangeAgreed');
    expect(agreed?.data).toMatchObject({
      end: { number: '49' },
      departures: [{ nodeId: 'v2', height: '50' }],
    });
    expect((await net.history()).history.at(-1)?.end_block.block).toBe(49);
  });

  it('shows that the chain has other validators than are registered', async () => {
    await net.start(20);
    net.node('monitor').rpc.validators = ['1', '2', '3', '4', '5'].map((digit) => `0x${digit.repeat(40)}`);
    await net.world.environment(net.described());
    await net.backUp();
    const agreed = (await net.world.events()).find(({ type }) => type === 'RangeAgreed');
    expect(agreed?.data['warnings']).toEqual([expect.objectContaining({ code: 'VALIDATOR_SET_DIFFERS' })]);
  });

  it('names a validator of another chain', async () => {
    await net.start(50);
    net.node('v3').rpc.identity = { ...net.node('v3').rpc.identity, chainId: 99n };
    await net.world.environment(net.described());
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'NODE_FOREIGN' },
    });
  });

  it('takes the blocks of another agreed node when the monitor lies about transactions', async () => {
    await net.start(50);
    Object.assign(net.node('monitor').rpc.faults, { wrongBodyAt: 20n });
    await net.world.environment(net.described());
    await net.backUp();
    const [entry] = (await net.world.ports.histories.read('e')).entries;
    expect(entry?.sourceNode).toMatch(/^v[1-4]$/);
    expect((await net.concatenated()).equals(net.chainBytes(50))).toBe(true);
  });

  it('disputes while a validator is in maintenance, and completes when it is excused', async () => {
    await net.start(50);
    Object.assign(net.node('v4').rpc.faults, { refuses: true });
    await net.world.environment(net.described());
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'VALIDATOR_UNREACHABLE' },
    });
    const { at, context } = net.world.context();
    const until = '2999-01-01T00:00:00.000Z';
    const excuse = { type: 'ExcuseValidator', nodeId: 'v4', until, reason: 'maintenance', at } as const;
    await net.world.ports.streams.environments.handle('e', excuse, context);
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    const agreed = (await net.world.events()).find(({ type }) => type === 'RangeAgreed');
    expect(agreed?.data['confirmations']).toContainEqual(
      expect.objectContaining({ nodeId: 'v4', outcome: 'excused' }),
    );
  });

  it('tells a monitor that stalls from one that lost blocks', async () => {
    await net.start(50);
    await net.world.environment(net.described());
    await net.backUp();
    for (const id of VALIDATORS) net.node(id).rpc.chain = syntheticChain({ blocks: 400 });
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'MONITOR_STALLED' },
    });
    expect((await net.world.backup()).head).toBe(400n);
    net.node('monitor').rpc.chain = syntheticChain({ blocks: 20 });
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'MONITOR_BEHIND' },
    });
  });
});
