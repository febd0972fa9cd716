/**
 * @proves With client-export on a real geth, the client always runs again, even after kill -9 of Chainkeep, and the files equal those gathered by RPC.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { canonicalSelection, createHistoryDocument } from '#libs/archive';
import type { NodeControllerSpec } from '#libs/chain';
import { CommandNodeControllers } from '#libs/chain/adapters/command.node-controllers';
import { MemoryObjectStore } from '#libs/object-store/adapters/memory.object-store';
import { SystemClock } from '#libs/runtime';
import { BackupWorld } from '../support/worlds/backup-world.js';
import { ControlledClient } from '../support/programs/controlled-client.js';
import { eventually } from '../support/checks/eventually.js';
import { GethNetwork, MONITOR } from '../support/servers/geth-network.js';
import { describeWith } from '../support/servers/real-servers.js';
import { StandaloneProcess } from '../support/programs/standalone-process.js';

const BLOCKS = 22;
const SEGMENT_BLOCKS = 8;

/** Runs ten times as fast as the real one, so that the shortest limit of a minute is over in six seconds. */
class FastClock extends SystemClock {
  override nowMs(): number {
    return super.nowMs() * 10;
  }
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await super.sleep(ms / 10, signal);
  }
}

describeWith('geth')('client-export on a real geth 1.13.15', () => {
  let network: GethNetwork;
  let client: ControlledClient;
  let folder: string;
  const worlds: BackupWorld[] = [];
  const processes: StandaloneProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'client-export-'));
    network = await GethNetwork.create({ signers: 1 });
    await network.startNode('v1');
    const { monitor } = network;
    client = await ControlledClient.create(
      join(network.folder, MONITOR),
      await monitor.commandLine([network.node('v1')]),
    );
    await client.start();
    await eventually('the chain has grown', 90_000, async () => (await monitor.head()).number >= BLOCKS);
  });
  afterEach(async () => {
    await Promise.all(worlds.splice(0).map((world) => world.close()));
    for (const { child, ended } of processes.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
  });
  afterAll(async () => {
    await client.stop();
    await network.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const monitorAnswers = (): Promise<boolean> =>
    network.monitor.head().then(
      () => true,
      () => false,
    );
  const controller = (exporting?: readonly string[]): NodeControllerSpec => ({
    kind: 'command',
    halt: client.haltArgv,
    start: client.startArgv,
    export: exporting ?? [...network.monitor.exportArgv, '{file}', '{first}', '{last}'],
  });

  /** A separate world on the same nodes; by client-export when a controller is given. */
  const worldWith = async (
    exporting?: NodeControllerSpec,
    clock = new SystemClock(),
  ): Promise<BackupWorld> => {
    const world = await BackupWorld.create(clock);
    worlds.push(world);
    if (exporting) world.controllers = new CommandNodeControllers({ unit: exporting });
    world.reopen();
    await world.environment([['v1', 'validator', network.node('v1').url]], {
      segmentBlocks: SEGMENT_BLOCKS,
      gather: exporting ? 'client-export' : 'rpc',
      maxHaltMinutes: 1,
    });
    const { at, context } = world.context();
    const { environments } = world.ports.streams;
    const urls = { rpc: network.monitor.url };
    const node = { nodeId: MONITOR, name: MONITOR, role: 'monitor', urls, controller: 'unit' } as const;
    await environments.handle('e', { type: 'RegisterNode', node, at }, context);
    await environments.handle('e', { type: 'ResetMonitor', nodeId: MONITOR, how: 'restarted', at }, context);
    return world;
  };
  const backUp = async (world: BackupWorld) => {
    await world.request();
    await world.settle();
    return world.lastEvent();
  };
  const eventOf = async (world: BackupWorld, type: string) =>
    (await world.events()).filter((event) => event.type === type).map(({ data }) => data);
  const bytesOf = async (world: BackupWorld): Promise<Buffer> => {
    const { entries, latestBackup } = await world.ports.histories.read('e');
    const selection = canonicalSelection(createHistoryDocument(entries, 'geth', latestBackup ?? null));
    const [managed] = world.objects.stores.values();
    const chunks: Uint8Array[] = [];
    for (const { file } of selection) for await (const chunk of managed!.get(`e/${file}`)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it('writes what RPC gathering of the same range writes, in one halt, and answers before the first upload', async () => {
    const exporting = await worldWith(controller());
    const answeredAtUpload: boolean[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
    const { put } = MemoryObjectStore.prototype;
    const spy = jest.spyOn(MemoryObjectStore.prototype, 'put').mockImplementation(async function (
      this: MemoryObjectStore,
      ...args
    ) {
      if (args[0].endsWith('.rlp')) answeredAtUpload.push(await monitorAnswers());
      return put.apply(this, args);
    });
    let silentSince: number | undefined;
    let silentMs = 0;
    let watching = true;
    const watch = (async () => {
      while (watching) {
        if (await monitorAnswers()) silentSince = undefined;
        else silentMs = Math.max(silentMs, Date.now() - (silentSince ??= Date.now()));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    expect(await backUp(exporting)).toMatchObject({ type: 'BackupCompleted' });
    watching = false;
    await watch;
    spy.mockRestore();
    const types = (await exporting.events()).map(({ type }) => type);
    expect(types.slice(1, 5)).toEqual([
      'RangeAgreed',
      'MonitorHaltStarted',
      'MonitorHalted',
      'MonitorResumed',
    ]);
    expect(types.filter((type) => type === 'MonitorHaltStarted')).toHaveLength(1);
    const files = types.filter((type) => type === 'SegmentExported').length;
    expect(files).toBeGreaterThanOrEqual(3);
    expect(answeredAtUpload).toEqual(Array.from({ length: files }, () => true));

    const [started] = await eventOf(exporting, 'MonitorHaltStarted');
    const [resumed] = await eventOf(exporting, 'MonitorResumed');
    const haltedMs = Date.parse(String(resumed?.['at'])) - Date.parse(String(started?.['at']));
    process.stdout.write(
      `client-export: the monitor was halted for ${haltedMs} ms, silent for ${silentMs} ms\n`,
    );
    expect(silentMs).toBeGreaterThan(0);

    const pid = client.pid;
    const byRpc = await worldWith();
    expect(await backUp(byRpc)).toMatchObject({ type: 'BackupCompleted' });
    expect((await byRpc.events()).map(({ type }) => type)).not.toContain('MonitorHaltStarted');
    expect(client.pid).toBe(pid);
    const [exported, gathered] = [await bytesOf(exporting), await bytesOf(byRpc)];
    expect(exported.length).toBeGreaterThan(BLOCKS * 500);
    expect(gathered.subarray(0, exported.length).equals(exported)).toBe(true);
  });

  it('has geth write to a shared folder by admin_exportChain, without a halt', async () => {
    const path = join(folder, 'shared');
    const world = await worldWith({ kind: 'shared-disk', nodePath: path, path });
    await world.configure({ gather: 'admin-export' });
    const pid = client.pid;
    expect(await backUp(world)).toMatchObject({ type: 'BackupCompleted' });
    expect(client.pid).toBe(pid);
    const byRpc = await worldWith();
    expect(await backUp(byRpc)).toMatchObject({ type: 'BackupCompleted' });
    const [exported, gathered] = [await bytesOf(world), await bytesOf(byRpc)];
    expect(gathered.subarray(0, exported.length).equals(exported)).toBe(true);
  });

  it.each([
    [
      'an export error',
      (): readonly string[] => [process.execPath, '-e', 'console.error("no such block"); process.exit(3)'],
      'CONTROLLER_FAILED',
    ],
    [
      'a full disk',
      (): readonly string[] => [
        'prlimit',
        '--fsize=2000',
        ...network.monitor.exportArgv,
        '{file}',
        '{first}',
        '{last}',
      ],
      'CONTROLLER_FAILED',
    ],
    ['the time limit', (): readonly string[] => ['sleep', '600'], 'MONITOR_HALT_TIME_USED'],
  ])('runs again after %s, and the run says why', async (what, exporting, code) => {
    const clock = what === 'the time limit' ? new FastClock() : new SystemClock();
    const world = await worldWith(controller(exporting()), clock);
    expect(await backUp(world)).toMatchObject({ type: 'BackupFailed', data: { code } });
    expect(await eventOf(world, 'MonitorResumed')).toMatchObject([{ by: 'run' }]);
    expect(await monitorAnswers()).toBe(true);
    expect((await world.backup()).halt).toBeUndefined();
    if (what === 'an export error') {
      expect((await eventOf(world, 'BackupFailed'))[0]).toMatchObject({
        message: expect.stringContaining('exit code 3: no such block'),
      });
    }
  });

  const networkFile = async (name: string, exporting: readonly string[]): Promise<string> => {
    const file = join(folder, `${name}.yaml`);
    const unit = { ...controller(exporting) };
    const nodes = [
      { id: 'v1', role: 'validator', rpc: network.node('v1').url },
      { id: MONITOR, role: 'monitor', rpc: network.monitor.url, controller: 'unit' },
    ];
    const backup = { enabled: true, frequency: 'once', gather: 'client-export', max_halt_minutes: 1 };
    const managed = { provider: 'directory', path: join(folder, name, 'managed') };
    const environments = [{ id: 'e', provider: 'geth', nodes, managed, backup }];
    const document = { consortium: { id: 'c', name: 'C' }, environments, controllers: { unit } };
    await writeFile(file, JSON.stringify(document));
    return file;
  };
  const E = 'consortia/c/environments/e';

  it('is back within the limit after kill -9 of Chainkeep while it is halted, also when only the restart brings it', async () => {
    const marker = join(folder, 'hang');
    await writeFile(marker, '');
    // Hangs while the marker is there, then exports: the same command for every life of the process.
    const script = `const { existsSync } = require('node:fs'); const { spawnSync } = require('node:child_process');
      if (existsSync(process.argv[1])) setTimeout(() => {}, 600000);
      else process.exitCode = spawnSync(process.argv[2], process.argv.slice(3), { stdio: 'inherit' }).status;`;
    const argv = [process.execPath, '-e', script, marker, ...network.monitor.exportArgv];
    const config = await networkFile('killed', [...argv, '{file}', '{first}', '{last}']);
    const home = join(folder, 'killed', 'home');
    const first = await StandaloneProcess.start({ home, config });
    processes.push(first);
    const refused = await first.ask('POST', `${E}/backup/runs`, {});
    expect([refused.status, refused.body['code']]).toEqual([409, 'MONITOR_RESET_REQUIRED']);
    const before = client.pid;
    const reset = await first.ask('PUT', `${E}/nodes/${MONITOR}/reset`, {});
    expect(reset.body).toMatchObject({ reset: { how: 'restarted' } });
    expect(client.pid).not.toBe(before);
    const wrong = await first.ask('PATCH', `${E}/nodes/${MONITOR}`, { controller: 'nobody' });
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'CONTROLLER_UNKNOWN']);

    const halted = async (service: StandaloneProcess): Promise<Record<string, unknown>> => {
      await service.until(
        async () =>
          (await service.ask('GET', `${E}/backup/status`)).body['monitor'] === 'halted' &&
          !(await monitorAnswers()),
        'halt',
      );
      return (await service.ask('GET', `${E}/backup/status`)).body;
    };
    await first.ask('POST', `${E}/backup/runs`, {});
    const status = await halted(first);
    expect(status).toMatchObject({
      in_progress: true,
      unavailable_services: ['block explorer', 'ledger API'],
    });
    first.child.kill('SIGKILL');
    const killedAt = Date.now();
    await first.ended;
    // Nobody restarts Chainkeep: its watchdog does it.
    await eventually('the watchdog starts the client', 60_000, monitorAnswers);
    process.stdout.write(
      `kill -9 while halted: the monitor answers after ${Date.now() - killedAt} ms without a restart\n`,
    );
    expect(Date.now()).toBeLessThan(Date.parse(String(status['halted_until'])));

    // The next life finds the halt open, closes it, and halts again; this time the watchdog dies with it.
    const second = await StandaloneProcess.start({ home, config }, first.key);
    processes.push(second);
    const again = await halted(second);
    second.child.kill('SIGKILL');
    const watchdogs = await watchdogsOf(client.startArgv);
    for (const pid of watchdogs) process.kill(pid, 'SIGKILL');
    expect(watchdogs.length).toBeGreaterThan(0);
    await second.ended;
    expect(await monitorAnswers()).toBe(false);
    await rm(marker);
    const third = await StandaloneProcess.start({ home, config }, first.key);
    processes.push(third);
    await eventually('the restarted service starts the client', 60_000, monitorAnswers);
    expect(Date.now()).toBeLessThan(Date.parse(String(again['halted_until'])));
    // The status looks at the nodes every few seconds: the monitor may be seen to answer some time after the run.
    await third.until(async () => {
      const { in_progress: runs, monitor } = (await third.ask('GET', `${E}/backup/status`)).body;
      return runs === false && monitor === 'online';
    }, 'end of the run, and the monitor to be seen');
    const done = (await third.ask('GET', `${E}/backup/status`)).body;
    expect(done).toMatchObject({
      unavailable_services: [],
      last_run: { outcome: 'completed' },
    });
    expect(await third.stop()).toBe(0);
    expect(await monitorAnswers()).toBe(true);
  });
});

/** Watchdog processes that would run this start command. */
const watchdogsOf = async (startArgv: readonly string[]): Promise<readonly number[]> => {
  const own = JSON.stringify(startArgv).slice(1, -1);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return line.includes('"limitMs"') && line.includes(own) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
};
