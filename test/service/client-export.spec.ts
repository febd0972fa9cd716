/** @proves client-export and admin-export keep only verified files and always start the client again (SIMULATED nodes). */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NodeControllerSpec } from '#libs/chain';
import type { BackupSettings } from '#libs/domain';
import { CodedError, toInstant } from '#libs/kernel';
import { ResolveHandler } from '../../apps/consensus-resolver/src/resolve.handler.js';
import { ExportHandler } from '../../apps/exporter/src/export.handler.js';
import { SegmentExporter } from '../../apps/exporter/src/segment/segment-exporter.js';
import { HaltSweep } from '../../apps/exporter/src/client-export/halt-sweep.js';
import { MonitorHalt } from '../../apps/exporter/src/client-export/monitor-halt.js';
import { fitting } from '../../apps/exporter/src/client-export/disk-space.js';
import { SimulatedNetwork } from '../support/simulated/simulated-network.js';

const BLOCKS = 30;
const { signal } = new AbortController();

describe('client-export and admin-export on SIMULATED nodes', () => {
  const network = new SimulatedNetwork();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'client-export-'));
    await network.start(BLOCKS);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const node = (code: string, ...args: string[]): string[] => [process.execPath, '-e', code, ...args];
  const noting = (what: string): string[] =>
    node(
      `require('node:fs').appendFileSync(process.argv[1], process.argv[2])`,
      join(folder, 'said'),
      `${what} `,
    );
  const said = async (): Promise<string> => (await readFile(join(folder, 'said'), 'utf8')).trim();

  /** A SIMULATED client's export command over the blocks of the monitor: appends, as geth does; `exclusive` as Besu. */
  const exporting = async (
    style: 'inclusive' | 'exclusive' = 'inclusive',
    meddle = '',
  ): Promise<string[]> => {
    const { chain } = network.node('monitor').rpc;
    const blocks = Array.from({ length: BLOCKS + 1 }, (_, n) =>
      Buffer.from(chain.raw(BigInt(n))!).toString('hex'),
    );
    await writeFile(join(folder, 'blocks.json'), JSON.stringify(blocks));
    const code = `const { appendFileSync, readFileSync } = require('node:fs');
      const [, blocks, said, file, first, last] = process.argv;
      appendFileSync(said, 'export:' + first + '-' + last + ' ');
      let out = JSON.parse(readFileSync(blocks)).slice(Number(first), Number(last) + ${style === 'inclusive' ? 1 : 0});
      ${meddle};
      appendFileSync(file, Buffer.from(out.join(''), 'hex'));`;
    return node(code, join(folder, 'blocks.json'), join(folder, 'said'), '{file}', '{first}', '{last}');
  };

  const prepare = async (spec: NodeControllerSpec, changes: Partial<BackupSettings>): Promise<void> => {
    const { world } = network;
    await world.environment(network.described(), { gather: 'client-export', segmentBlocks: 12, ...changes });
    await world.control('monitor', network.node('monitor').url, spec);
  };
  const command = async (
    changes: Partial<BackupSettings> = {},
    exportArgv?: readonly string[],
  ): Promise<void> => {
    const spec = { kind: 'command', halt: noting('halt'), start: noting('start') } as const;
    await prepare({ ...spec, export: exportArgv ?? (await exporting()) }, changes);
  };
  const typesOf = async () => (await network.world.events()).map(({ type }) => type);

  it('exports all files of a run in one halt and keeps only what verifies', async () => {
    await command();
    await network.backUp();
    expect(await typesOf()).toEqual([
      'BackupRequested',
      'RangeAgreed',
      'MonitorHaltStarted',
      'MonitorHalted',
      'MonitorResumed',
      'SegmentExported',
      'SegmentExported',
      'SegmentExported',
      'BackupCompleted',
    ]);
    expect(await said()).toBe('halt export:0-11 export:12-23 export:24-30 start');
    expect((await network.concatenated()).equals(network.chainBytes(BLOCKS))).toBe(true);
  });

  it('gives Besu the block after the last, and compresses only when the client runs again', async () => {
    network.node('monitor').rpc.identity.clientVersion = 'besu/v24.9.1/linux-x86_64/openjdk-java-21';
    await command({ compression: 'gzip' }, await exporting('exclusive'));
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    expect(await said()).toBe('halt export:0-12 export:12-24 export:24-31 start');
    const [managed] = network.world.objects.stores.values();
    const { history } = await network.history();
    const plain: Buffer[] = [];
    for (const { file } of history) {
      expect(file).toMatch(/\.rlp\.gz$/);
      const chunks: Uint8Array[] = [];
      for await (const chunk of managed!.get(`e/${file}`)) chunks.push(chunk);
      plain.push(gunzipSync(Buffer.concat(chunks)));
    }
    expect(Buffer.concat(plain).equals(network.chainBytes(BLOCKS))).toBe(true);
  });

  it.each([
    ['a block short', `out = out.slice(0, -1)`, 'EXPORT_FILE_INVALID'],
    ['empty', `out = []`, 'EXPORT_FILE_INVALID'],
    ['a block too long', `out.push(out[0])`, 'BLOCK_NUMBER_MISMATCH'],
    ['with another body', `out[2] = out[2].replace('2222', '2223')`, 'TRANSACTIONS_ROOT_MISMATCH'],
  ])('refuses a file that is %s; the client runs, nothing is uploaded', async (_what, meddle, code) => {
    await command({}, await exporting('inclusive', meddle));
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ type: 'BackupFailed', data: { code } });
    expect(await typesOf()).toContain('MonitorResumed');
    expect((await said()).endsWith('start')).toBe(true);
    expect((await network.history()).history).toEqual([]);
  });

  it('brings a file from elsewhere when the client runs again', async () => {
    const away = (await exporting()).map((part) => part.replace('{file}', `${folder}/{name}`));
    const fetch = node(
      `const fs = require('node:fs'); const [, from, to, said] = process.argv;
       fs.appendFileSync(said, 'fetch '); fs.copyFileSync(from, to);`,
      `${folder}/{name}`,
      '{file}',
      join(folder, 'said'),
    );
    const spec = { kind: 'command', halt: noting('halt'), start: noting('start') } as const;
    await prepare({ ...spec, export: away, fetch }, { segmentBlocks: 20 });
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    expect(await said()).toBe('halt export:0-19 export:20-30 start fetch fetch');
  });

  it('removes what lies under the name of an export, because geth appends', async () => {
    await command({ segmentBlocks: 40 });
    const exports = join(network.world.ports.home, 'exports', 'e');
    await mkdir(exports, { recursive: true });
    await writeFile(join(exports, `e-0-${BLOCKS}.rlp`), 'left by a crash');
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
  });

  it('refuses to halt before the reset and without an export command', async () => {
    const spec = { kind: 'command', halt: noting('halt'), start: noting('start') } as const;
    await prepare(spec, {});
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ data: { code: 'CONTROLLER_UNKNOWN' } });
    await network.world.configure({ enabled: false });
    await network.world.configure({ enabled: true });
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ data: { code: 'MONITOR_RESET_REQUIRED' } });
    expect(await typesOf()).not.toContain('MonitorHaltStarted');
    await expect(said()).rejects.toThrow('ENOENT');
  });

  it('ends a halt of a lost replica at its deadline, whichever replica looks, and only then', async () => {
    await command();
    const { world } = network;
    await world.request();
    await world.settle(1);
    const { context } = world.context();
    const halt = (at: number, haltId: string) =>
      world.ports.streams.backups.handle(
        'e',
        {
          type: 'StartHalt',
          runId: 'run-1',
          haltId,
          nodeId: 'monitor',
          controller: 'unit',
          haltMaxMs: 60_000,
          at: toInstant(at),
        },
        context,
      );
    const sweep = new HaltSweep(world.ports, new MonitorHalt(world.ports));
    await halt(Date.now(), 'fresh');
    await sweep.step('e');
    expect((await world.backup()).halt).toMatchObject({ haltId: 'fresh' });
    await world.settle(1);
    expect((await world.events()).at(-1)).toMatchObject({ type: 'MonitorResumed', data: { by: 'recovery' } });
    await halt(Date.now() - 61_000, 'late');
    await sweep.step('e');
    expect((await world.events()).at(-1)).toMatchObject({ type: 'MonitorResumed', data: { by: 'deadline' } });
    expect(await said()).toBe('start start');
  });

  it.each(['MonitorHalted', 'MonitorResumed'])(
    'starts the client at once when the store goes away before %s, and waiting for it is no halt',
    async (type) => {
      await command();
      const { world } = network;
      const { store } = world;
      const append = store.append.bind(store);
      const readStream = store.readStream.bind(store);
      let [away, wasAway] = [false, false];
      const assertThere = (): void => {
        if (away) throw new CodedError('STORE_UNAVAILABLE', 'Away.');
      };
      store.append = async (...parts) => {
        if (!wasAway) away = wasAway = parts[1].some((event) => event.type === type);
        assertThere();
        return append(...parts);
      };
      store.readStream = async function* (...parts) {
        assertThere();
        yield* readStream(...parts);
      };
      await world.request();
      await new ResolveHandler(world.ports).step('e', signal);
      const halts = new MonitorHalt(world.ports);
      const segments = new SegmentExporter(world.ports, halts, { noteEveryMs: 60_000, monitorShare: 1 });
      const handler = new ExportHandler(world.ports, segments, halts);
      await expect(handler.step('e', signal)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect((await said()).split(' ').filter((word) => !word.startsWith('export'))).toEqual([
        'halt',
        'start',
      ]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      away = false;
      const returned = toInstant(world.ports.clock.nowMs());
      while ((await handler.step('e', signal)) === 'more');
      const events = await world.events();
      const resumed = events.find((event) => event.type === 'MonitorResumed')?.data as {
        by: string;
        at: string;
      };
      expect(resumed.by).toBe('run');
      expect(resumed.at < returned).toBe(true);
      expect(events.at(-1)).toMatchObject({ type: 'BackupCompleted' });
      const starts = (await said()).split(' ').filter((word) => word === 'start').length;
      // Known to run, it is not started once more: only a halt that had to be repeated starts it.
      expect(starts).toBe(type === 'MonitorHalted' ? 2 : 1);
    },
  );

  it('takes as many files into one halt as the disk holds', () => {
    const segment = (ordinal: number) => {
      const start = BigInt(ordinal) * 100n;
      return { ordinal, date: '', file: 'x.rlp', start, end: start + 99n, endHash: '0x' } as const;
    };
    const plan = [segment(0), segment(1), segment(2)];
    const air = 16 * 1024 * 1024;
    const free = (bytes: number) => fitting(plan, { free: air + bytes, perBlock: 1_000 });
    expect(free(1_000_000).segments).toHaveLength(3);
    expect(free(260_000).segments).toHaveLength(2);
    expect(free(100_000)).toEqual({ segments: [], needed: air + 125_000 });
  });

  it('has the node write to a shared disk under its own path, replacing what is there, without a halt', async () => {
    const path = join(folder, 'shared');
    await mkdir(join(path, 'e'), { recursive: true });
    await writeFile(join(path, 'e', 'e-0-11.rlp'), 'left behind');
    network.node('monitor').rpc.exports = { nodePath: '/exports', path };
    await prepare({ kind: 'shared-disk', nodePath: '/exports', path }, { gather: 'admin-export' });
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    expect(await typesOf()).not.toContain('MonitorHaltStarted');
    expect(network.node('monitor').rpc.counts.byMethod['admin_exportChain']).toBe(3);
    expect((await network.concatenated()).equals(network.chainBytes(BLOCKS))).toBe(true);
  });

  it('says which API group is missing for admin-export', async () => {
    const path = join(folder, 'shared');
    await prepare({ kind: 'shared-disk', nodePath: '/exports', path }, { gather: 'admin-export' });
    await network.backUp();
    expect(await network.world.lastEvent()).toMatchObject({
      type: 'BackupFailed',
      data: { code: 'NODE_METHOD_MISSING', message: expect.stringContaining('"admin"') },
    });
  });
});
