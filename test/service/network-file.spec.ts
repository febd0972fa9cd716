/**
 * @proves A network file registers what it describes, changes nothing when applied again, and shows drift (SIMULATED nodes).
 */
import { readStandaloneNetwork } from '#libs/composition/standalone.adapters';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { applyActions, planNetwork, readActual, type NetworkAction } from '#libs/network-file';
import { HttpNetworkApi } from '../../apps/standalone/src/http.network-api.js';
import { spawnTs } from '../support/programs/run-ts.js';
import {
  startSimulatedNode,
  syntheticChain,
  type SimulatedNode,
} from '../support/simulated/simulated-node.js';
import { StandaloneProcess } from '../support/programs/standalone-process.js';

const E = 'consortia/acme/environments/prod';
const NODES = ['v1', 'v2', 'v3', 'monitor'];

describe('the standalone mode with a network file, on SIMULATED nodes', () => {
  let folder: string;
  let home: string;
  let config: string;
  let nodes: SimulatedNode[] = [];
  const running = new Set<StandaloneProcess>();

  beforeAll(async () => {
    nodes = await Promise.all(
      NODES.map((nodeId) => startSimulatedNode({ chain: syntheticChain({ blocks: 60 }), nodeId })),
    );
  });
  afterAll(() => Promise.all(nodes.map((node) => node.close())));
  afterEach(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    running.clear();
    await rm(folder, { recursive: true, force: true });
  });

  const prepare = async (text: (described: string) => string): Promise<void> => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-network-'));
    home = join(folder, 'home');
    config = join(folder, 'network.yaml');
    const described = NODES.map((id, index) => {
      const role = id === 'monitor' ? 'role: monitor' : 'role: validator, member: bank-a';
      return `      - { id: ${id}, ${role}, rpc: "${nodes[index]?.url ?? ''}" }`;
    }).join('\n');
    await writeFile(config, text(described));
  };

  const network = (described: string): string => `consortium: { id: acme, name: Acme Trade }
members: [ { id: bank-a, name: Bank A } ]
environments:
  - id: prod
    provider: geth
    nodes:
${described}
    managed: { provider: directory, path: ./managed }
    backup: { enabled: true, frequency: four, time_zone: UTC, segment_blocks: 20 }
targets:
  - { id: copy, member: bank-a, environment: prod, provider: directory, path: ./copy, environment_backup_target: true }
`;

  const start = async (key?: string): Promise<StandaloneProcess> => {
    const standalone = await StandaloneProcess.start({ home, config }, key);
    running.add(standalone);
    return standalone;
  };

  const resources = async (standalone: StandaloneProcess): Promise<unknown> => {
    const paths = ['consortia', 'consortia/acme/memberships', E, `${E}/nodes`, `${E}/backup`];
    const answers = await Promise.all(paths.map((path) => standalone.ask('GET', path)));
    return answers.map(({ body }) => body);
  };

  it('registers what the file describes; started again with the same file it changes nothing', async () => {
    await prepare(network);
    const first = await start();
    expect(first.key).toMatch(/^ck_/);
    expect(first.output).toContain('as in the file');
    expect((await first.ask('GET', `${E}/nodes`)).body).toHaveLength(4);
    expect((await first.ask('GET', `${E}/configurations/copy`)).body).toMatchObject({
      details: { provider: 'directory', path: join(folder, 'copy'), environment_backup_target: true },
    });
    expect((await first.ask('GET', `${E}/backup`)).body).toMatchObject({ enabled: true, frequency: 'four' });
    const keyFile = join(home, 'operator.key');
    expect((await readFile(keyFile, 'utf8')).trim()).toBe(first.key);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);

    expect((await first.ask('POST', `${E}/backup/runs`)).status).toBe(202);
    const files = async (): Promise<readonly unknown[]> =>
      (await first.ask('GET', `${E}/backup/history`)).body['history'] as readonly unknown[];
    await first.until(async () => (await files()).length >= 4, 'files');
    // The command line of this machine finds the key in the data directory.
    const env = { ...process.env, CHAINKEEP_URL: first.url, CHAINKEEP_HOME: home, CHAINKEEP_TOKEN: '' };
    const cli = spawnTs('apps/cli/src/main.ts', { args: ['plan', '--json', '-f', config], env });
    let planned = '';
    cli.stdout?.on('data', (chunk: Buffer) => (planned += chunk.toString()));
    expect(await once(cli, 'close')).toEqual([0, null]);
    const { actions, probes } = JSON.parse(planned) as Record<
      'actions' | 'probes',
      Record<string, unknown>[]
    >;
    expect([...new Set(actions.map(({ action }) => action))]).toEqual(['unchanged']);
    expect(probes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    const before = await resources(first);
    expect(await first.stop()).toBe(0);

    const second = await start(first.key);
    expect(second.output).not.toContain('Operator key');
    expect(second.output).toContain('as in the file');
    expect(await resources(second)).toEqual(before);
    expect((await second.ask('GET', `${E}/backup/history`)).body['history']).toHaveLength(4);
    expect(await second.stop()).toBe(0);
  });

  it('loads neither the demo and its EVM nor a database client of the distributed mode', async () => {
    await prepare(network);
    // Node writes there, at its end, every script that it has loaded.
    const coverage = join(folder, 'coverage');
    const standalone = await StandaloneProcess.start({ home, config, env: { NODE_V8_COVERAGE: coverage } });
    running.add(standalone);
    expect(await standalone.stop()).toBe(0);
    const reports = await Promise.all(
      (await readdir(coverage)).map((file) => readFile(join(coverage, file), 'utf8')),
    );
    const loaded = reports.flatMap((report) =>
      (JSON.parse(report) as { result: readonly { url: string }[] }).result.map(({ url }) => url),
    );
    expect(loaded.filter((url) => url.endsWith('/apps/standalone/src/run.js'))).toHaveLength(1);
    expect(loaded.filter((url) => /\/demo\/src\/|@ethereumjs|\/pg\/|@eventstore/.test(url))).toEqual([]);
  });

  it('shows as drift what was changed or removed through the API, and keeps it', async () => {
    await prepare(network);
    const first = await start();
    await first.ask('PATCH', `${E}/backup`, { enabled: false });
    await first.ask('PATCH', `${E}/nodes/v1`, { urls: { rpc: 'http://elsewhere:8545' } });
    expect((await first.ask('DELETE', `${E}/nodes/v3`)).status).toBe(202);
    expect((await first.ask('DELETE', `${E}/configurations/copy`)).status).toBe(202);
    expect(
      (await first.ask('POST', 'consortia/acme/memberships', { _id: 'bank-z', org_name: 'Z' })).status,
    ).toBe(201);
    const before = await resources(first);
    await first.stop();

    const second = await start(first.key);
    const drift = second.output.split('\n').filter((line) => /^ {4}\w/.test(line));
    expect(drift.map((line) => line.trim().replace(/http:\/\/127[^"]+/, 'URL'))).toEqual([
      'node v1: urls is {"rpc":"http://elsewhere:8545"}, in the file {"rpc":"URL"}',
      'node v3: state is "removed", in the file "present"',
      'target copy: state is "removed", in the file "present"',
      'backup prod: enabled is false, in the file true',
      'member bank-z: is not in the file',
    ]);
    expect(await resources(second)).toEqual(before);
    await second.stop();
  });

  it('is brought to what the file says by apply, once; what the file does not name goes only with prune', async () => {
    await prepare(network);
    const standalone = await start();
    const changes: readonly (readonly [string, unknown])[] = [
      [`${E}/backup`, { cron: '5 * * * *', time_zone: 'Asia/Tokyo', segment_blocks: 7 }],
      [`${E}/nodes/v1`, { urls: { rpc: 'http://elsewhere:8545' }, role: 'other' }],
      ['consortia/acme', { name: 'Renamed' }],
      [`${E}/configurations/copy`, { details: { environment_backup_target: false } }],
    ];
    for (const [path, body] of changes) expect((await standalone.ask('PATCH', path, body)).status).toBe(200);
    await standalone.ask('DELETE', `${E}/nodes/v2`);
    await standalone.ask('POST', 'consortia/acme/memberships', { _id: 'bank-z', org_name: 'Z' });
    const { url, key } = standalone;
    const api = new HttpNetworkApi({ url, key });
    const desired = readStandaloneNetwork(config, {});
    const plan = async () => planNetwork(desired, await readActual(api, desired));
    const shown = (actions: readonly NetworkAction[]): string[] =>
      actions.flatMap(({ action, id, changes: fields }) =>
        action === 'update' ? fields.map(({ field }) => `update ${id} ${field}`) : [`${action} ${id}`],
      );
    expect(shown(await applyActions(api, await plan(), { prune: false }))).toEqual([
      'update acme name',
      'update v1 role',
      'update v1 urls',
      'create v2',
      'update copy details.environment_backup_target',
      'update prod frequency',
      'update prod time_zone',
      'update prod segment_blocks',
    ]);
    expect(shown((await plan()).filter(({ action }) => action !== 'unchanged'))).toEqual(['delete bank-z']);
    await applyActions(api, await plan(), { prune: true });
    expect((await plan()).every(({ action }) => action === 'unchanged')).toBe(true);
    const { cron, frequency, time_zone } = (await standalone.ask('GET', `${E}/backup`)).body;
    expect([cron, frequency, time_zone]).toEqual([undefined, 'four', 'UTC']);
    await standalone.stop();
  });

  it('refuses a wrong file with all its problems before anything starts', async () => {
    await prepare((described) =>
      network(described)
        .replace('provider: geth', 'provider: get')
        .replace('time_zone: UTC', 'cron: "0 0 * * *", colour: red')
        .replace('member: bank-a, environment: prod', 'member: nobody, environment: test'),
    );
    const refused = await StandaloneProcess.spawn({ home, config });
    running.add(refused);
    expect(await refused.ended).toBe(2);
    const places = [...refused.output.matchAll(/network\.yaml:(\d+):\d+: (\S+):/g)];
    expect(places.map(([, line, path]) => `${line ?? ''} ${path ?? ''}`)).toEqual([
      '5 environments[0].provider',
      '12 environments[0].backup.cron',
      '12 environments[0].backup.colour',
      '14 targets[0].member',
      '14 targets[0].environment',
    ]);
    await expect(stat(home)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
