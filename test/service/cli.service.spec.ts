/**
 * @proves The command line runs backups, manages targets, applies network files and reports problems on a running service.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseHistoryDocument } from '#libs/archive';
import type { EnvironmentReport } from '../../apps/cli/src/archive/verify-environment.js';
import type { Configuration, Run, Status } from '../../apps/cli/src/service/api-client.js';
import { cliError, flipBit, runCliProcess, type CliEnded } from '../support/programs/run-cli.js';
import { spawnTs } from '../support/programs/run-ts.js';

type Report = Readonly<{ environments: readonly EnvironmentReport[] }>;

describe('the command line with the service', () => {
  let folder: string;
  let home: string;
  let service: ChildProcess;
  let env: NodeJS.ProcessEnv;
  let api: string;
  const ask = (...args: string[]): Promise<CliEnded> => runCliProcess(args, env);
  const json = async (...args: string[]): Promise<unknown> => {
    const { code, out, err } = await ask(...args, '--json');
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    return JSON.parse(out);
  };

  /** Waits until no run is going on. */
  const idle = async (): Promise<void> => {
    for (;;) {
      const response = await fetch(`${api}/api/v1/consortia/demo/environments/demo/backup/runs`);
      const runs = (await response.json()) as readonly Run[];
      if (!runs.some(({ state }) => state === 'requested' || state === 'agreed')) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-cli-'));
    home = await mkdtemp(join(tmpdir(), 'chainkeep-cli-home-'));
    service = spawnTs('apps/standalone/src/main.ts', {
      env: {
        PATH: process.env['PATH'],
        CHAINKEEP_HOME: home,
        CHAINKEEP_PORT: '0',
        CHAINKEEP_LOG_LEVEL: 'error',
        CHAINKEEP_DEMO_PERIOD_MS: '200',
      },
    });
    service.stderr?.resume();
    let output = '';
    for await (const chunk of service.stdout!) {
      output += String(chunk);
      if (output.includes('Ctrl-C')) break;
    }
    api = / {2}API +(\S+)\/api\/v1/.exec(output)![1]!;
    env = { CHAINKEEP_URL: api };
  });
  afterAll(async () => {
    if (service.exitCode === null) {
      const closed = once(service, 'exit');
      service.kill('SIGTERM');
      await closed;
    }
    await rm(home, { recursive: true, force: true });
    await rm(folder, { recursive: true });
  });

  it('backs up now and follows the run; the copy verifies', async () => {
    const { code, out } = await ask('backup', 'run');
    expect(code).toBe(0);
    expect(out).toMatch(/^Run \S+ (is complete: blocks \d+ to \d+|found nothing new)/);
    const done = (await json('backup', 'run')) as Run;
    expect(['completed', 'skipped']).toContain(done.state);
    const status = (await json('backup', 'status')) as Status;
    expect(status).toMatchObject({ enabled: true, monitor: 'online' });
    expect(status.protected_block).toBeGreaterThan(0);
    const { history } = parseHistoryDocument(await json('backup', 'history'));
    expect(history[0]?.start_block.block).toBe(0);
    expect((await ask('backup', 'history')).out).toContain(history[0]?.file);
    const report = (await json('verify', join(home, 'managed'))) as Report;
    expect(report).toMatchObject({ ok: true, environments: [{ environment: 'demo', faults: [] }] });
    expect(report.environments[0]?.blocks).toBeGreaterThan(status.protected_block ?? 0);
  });

  it('switches backups off and on; a run is refused with its code while they are off', async () => {
    expect(await json('backup', 'disable')).toMatchObject({ enabled: false, next_runs: [] });
    const refused = await ask('backup', 'run');
    expect(refused).toMatchObject({ code: 3, err: expect.stringMatching(cliError('BACKUP_DISABLED')) });
    expect(await json('backup', 'enable', '-c', 'demo', '-e', 'demo')).toMatchObject({ enabled: true });
    const unknown = await ask('backup', 'status', '-e', 'other');
    expect(unknown).toMatchObject({ code: 3, err: expect.stringMatching(cliError('RESOURCE_NOT_FOUND')) });
  });

  it('adds, tests, feeds, disables and heals a target', async () => {
    const path = join(home, 'targets', 'bank-a');
    const options = ['-m', 'bank-a', '-p', 'directory', '--set', `path=${path}`, '--enable'];
    // The directory does not exist: the target is registered and says so.
    expect(await ask('target', 'add', 'bank-a-copy', ...options)).toMatchObject({
      code: 1,
      out: expect.stringContaining('is not usable yet'),
    });
    expect((await ask('target', 'test', 'bank-a-copy')).code).toBe(1);
    await mkdir(path, { recursive: true });
    expect(await json('target', 'test', 'bank-a-copy')).toMatchObject({ ok: true });
    const taken = await ask('target', 'add', 'bank-a-copy', ...options);
    expect(taken).toMatchObject({ code: 3, err: expect.stringMatching(cliError('RESOURCE_EXISTS')) });

    const second = join(home, 'targets', 'bank-b');
    await mkdir(second, { recursive: true });
    const added = await json(
      ...['target', 'add', 'bank-b-copy', '-m', 'bank-b', '-p', 'directory', '--set', `path=${second}`],
      '--enable',
    );
    expect(added).toMatchObject({ _id: 'bank-b-copy', checked: { ok: true } });
    const copied = async (): Promise<boolean> => {
      const { code } = await ask('verify', second);
      return code === 0;
    };
    for (let i = 0; i < 1_000 && !(await copied()); i += 1) await new Promise((r) => setTimeout(r, 250));
    expect(await copied()).toBe(true);
    expect(await json('target', 'disable', 'bank-b-copy')).toMatchObject({ state: 'disabled' });
    expect(await json('target', 'enable', 'bank-b-copy')).toMatchObject({ _id: 'bank-b-copy' });
    expect(await json('target', 'heal', 'bank-b-copy')).toMatchObject({ _id: 'bank-b-copy' });
    expect(await json('target', 'heal', 'bank-b-copy', '--read-back')).toMatchObject({ healing: true });
    expect(await json('target', 'takeover', 'bank-b-copy')).toMatchObject({ epoch: 2 });
    const [delivery] = (await json('target', 'deliveries', 'bank-b-copy')) as { state: string }[];
    expect(delivery).toMatchObject({ state: 'delivered', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const targets = (await json('target', 'list')) as readonly Configuration[];
    expect(targets.map(({ _id }) => _id).sort()).toEqual(['bank-a-copy', 'bank-b-copy']);
    expect((await ask('target', 'list')).out).toMatch(/^target +member +provider +state +files +trouble\n/);
  });

  it('rebuilds the history and says how the service is', async () => {
    expect(await ask('history', 'rebuild')).toMatchObject({ code: 0, err: '' });
    const { out } = await ask('doctor', '--json');
    const { findings } = JSON.parse(out) as { findings: { check: string; result: string }[] };
    expect(findings).toContainEqual(expect.objectContaining({ check: 'service', result: 'ok' }));
    expect(findings).toContainEqual(expect.objectContaining({ check: 'version', result: 'ok' }));
  });

  it('finds what is wrong in a copy of the bucket, each with its file', async () => {
    await ask('backup', 'run');
    // No run may write into the bucket while it is copied.
    await json('backup', 'disable');
    await idle();
    const copy = join(folder, 'bucket');
    await cp(join(home, 'managed'), copy, { recursive: true });
    await json('backup', 'enable');
    const inside = join(copy, 'demo');
    const files = (await readdir(inside)).filter((name) => name.endsWith('.rlp')).sort();
    expect(files.length).toBeGreaterThanOrEqual(2);
    const [altered, cut] = [join(inside, files[0]!), join(inside, files[1]!)];
    const bytes = await readFile(altered);
    await writeFile(altered, flipBit(bytes, Math.floor(bytes.length / 2) * 8));
    await truncate(cut, 700);
    await writeFile(join(inside, 'stray.rlp'), 'x');
    const { code, out } = await ask('verify', copy, '--json');
    expect(code).toBe(1);
    const [report] = (JSON.parse(out) as Report).environments;
    const faults = new Map(report?.faults.map((fault) => [fault.file, fault]));
    expect([...faults.keys()].sort()).toEqual([basename(altered), basename(cut)].sort());
    expect(faults.get(basename(cut))).toMatchObject({ code: 'SEGMENT_INCOMPLETE' });
    const { offset = -1 } = faults.get(basename(altered)) ?? {};
    expect(Math.abs(offset - bytes.length / 2)).toBeLessThan(2_000);
    expect(report?.unlisted).toEqual(['stray.rlp']);
  });

  it('plans and applies a network file; a node that does not answer is found with its cure', async () => {
    const file = join(folder, 'network.yaml');
    const network = (name: string, extra = ''): string =>
      `consortium: { id: demo, name: "${name}" }\nmembers: [{ id: bank-a, name: Bank A }]\nenvironments:\n` +
      `  - { id: demo, provider: geth, nodes: [${extra}{ id: validator-1, role: validator, rpc: "${validator}" }, { id: monitor, role: monitor, rpc: "${monitor}" }] }\n`;
    const urlOf = async (id: string): Promise<string> => {
      const response = await fetch(`${api}/api/v1/consortia/demo/environments/demo/nodes/${id}`);
      return ((await response.json()) as { urls: { rpc: string } }).urls.rpc;
    };
    const [monitor, validator] = [await urlOf('monitor'), await urlOf('validator-1')];
    await writeFile(file, network('Another name'));
    const plan = (await json('plan', '-f', file)) as { actions: unknown[]; probes: unknown[] };
    expect(plan.actions).toContainEqual(
      expect.objectContaining({ action: 'update', resource: 'consortium', id: 'demo' }),
    );
    expect(plan.probes).toMatchObject([
      { node: 'validator-1', ok: true },
      { node: 'monitor', ok: true },
    ]);
    expect(await ask('apply', '-f', file)).toMatchObject({ code: 0 });
    expect((await ask('apply', '-f', file)).out).toBe('Nothing to change.\n');
    await writeFile(
      file,
      network('Another name', '{ id: v9, role: validator, member: bank-a, rpc: "http://127.0.0.1:9" }, '),
    );
    const { code, out } = await ask('plan', '-f', file);
    expect(code).toBe(1);
    expect(out).toContain('+ create node v9');
    expect(out).toMatch(/node v9 of demo: not usable yet\n {2}fail .*\n +cure: /);
    await writeFile(file, 'consortium: {}\n');
    expect(await ask('plan', '-f', file)).toMatchObject({
      code: 2,
      err: expect.stringContaining('error CONFIG_INVALID'),
    });
  });

  it('ends with 1 when a run is disputed, with its code and hint; doctor says so too', async () => {
    const nodes = `${api}/api/v1/consortia/demo/environments/demo/nodes`;
    const node = {
      _id: 'v9',
      role: 'validator',
      membership_id: 'bank-a',
      urls: { rpc: 'http://127.0.0.1:9' },
    };
    const headers = { 'content-type': 'application/json' };
    const created = await fetch(nodes, { method: 'POST', headers, body: JSON.stringify(node) });
    expect(created.status).toBe(201);
    const { code, out, err } = await ask('backup', 'run');
    expect(code).toBe(1);
    expect(out).toMatch(/^Run \S+ is disputed\.\n/);
    expect(err).toMatch(cliError('VALIDATOR_UNREACHABLE'));
    const doctor = await ask('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.out).toMatch(/fail +environment demo .*VALIDATOR_UNREACHABLE: .*\n +cure: Start the node/);
  });

  it('asks which consortium is meant when there are several', async () => {
    const body = JSON.stringify({ _id: 'second', name: 'Second' });
    const headers = { 'content-type': 'application/json' };
    expect((await fetch(`${api}/api/v1/consortia`, { method: 'POST', headers, body })).status).toBe(201);
    const { code, err } = await ask('backup', 'status');
    expect(code).toBe(2);
    expect(err).toMatch(/--consortium[^]*demo, second/);
    expect((await ask('backup', 'status', '-c', 'demo')).code).toBe(0);
  });
});
