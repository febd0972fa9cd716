/**
 * @proves Run, status and doctor say in words what is wrong: a monitor that stands still, a departed validator, missing validators, a silent monitor; and nothing about a healthy network.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Run, Status } from '../../apps/cli/src/service/api-client.js';
import { DemoService } from '../support/programs/demo-service.js';
import { cliError, runCliProcess, type CliEnded } from '../support/programs/run-cli.js';

const API = '/api/v1/consortia/demo/environments/demo';
const ROUNDS_MAX = 60;

describe('findings on the demo network', () => {
  let home: string;
  let service: DemoService;
  const ask = (...args: string[]): Promise<CliEnded> => runCliProcess(args, { CHAINKEEP_URL: service.url });
  const control = async (node: string, action: string): Promise<void> => {
    const [, url = ''] = /Demo control (\S+)/.exec(service.output) ?? [];
    const headers = { 'x-chainkeep-demo': '1' };
    expect((await fetch(`${url}/${node}/${action}`, { method: 'POST', headers })).status).toBe(200);
  };
  const status = () => service.get<Status>(`${API}/backup/status?thorough=true`);
  const codes = ({ findings }: Pick<Status, 'findings'>): readonly string[] =>
    findings.map(({ code, severity, subject: { id } }) => `${severity} ${code} ${id}`);

  /** Backs up again and again until a run is as expected; the chain goes on at its own pace. */
  const runUntil = async (met: (run: Run) => boolean): Promise<Readonly<{ run: Run; ended: CliEnded }>> => {
    let last: Run | undefined;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const ended = await ask('backup', 'run', '--json');
      last = JSON.parse(ended.out) as Run;
      if (met(last)) return { run: last, ended };
    }
    throw new Error(`no run was as expected; the last one: ${JSON.stringify(last)}`);
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-findings-'));
    service = await DemoService.start({
      CHAINKEEP_HOME: home,
      CHAINKEEP_LOG_LEVEL: 'error',
      CHAINKEEP_DEMO_PERIOD_MS: '200',
    });
  });
  afterAll(async () => {
    await service.stop();
    await rm(home, { recursive: true, force: true });
  });

  it('finds nothing wrong with a healthy network', async () => {
    const { run } = await runUntil(({ state }) => state === 'completed');
    expect(run).toMatchObject({ warnings: [], findings: [] });
    expect(await status()).toMatchObject({ monitor: 'online', findings: [] });
    const { code, out } = await ask('doctor');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /ok +environment demo +Backed up to block \d+; the validators have reached block \d+\./,
      ),
    });
  });

  it('names a monitor that stands still before any run does, then on the run that it ends', async () => {
    await control('monitor', 'stall');
    const { code, out } = await ask('doctor');
    expect(code).toBe(1);
    expect(out).toMatch(
      /fail +environment demo +MONITOR_STALLED: The monitor \(monitor\) is at block \d+, but 3 of 4 validators have reached block \d+\.\n +cure: /,
    );
    const { run, ended } = await runUntil(({ state }) => state === 'disputed');
    expect(ended).toMatchObject({ code: 1, err: expect.stringMatching(cliError('MONITOR_STALLED')) });
    expect(codes(run)).toEqual(['error MONITOR_STALLED demo']);
    const found = await status();
    expect(codes(found)).toEqual(['error MONITOR_STALLED monitor', 'error MONITOR_STALLED demo']);
    expect(found.findings[1]?.caused_by).toBe(found.findings[0]?._id);
    expect(found.lag_blocks).toBeGreaterThan(0);
    expect(found.head_block).toBeGreaterThan(found.protected_block ?? 0);
    const text = await ask('backup', 'status');
    expect(text.out).toMatch(/\nerror MONITOR_STALLED: .*\n {2}cure: /);
    await control('monitor', 'resume');
    await runUntil(({ state }) => state === 'completed');
    expect((await ask('doctor')).code).toBe(0);
  });

  it('warns of a validator that left the chain above the end of a completed run', async () => {
    await service.send('PATCH', `${API}/backup`, { agreement: 'quorum' });
    await control('validator-3', 'fork');
    const { run, ended } = await runUntil(
      ({ state, departures }) => state === 'completed' && departures.length > 0,
    );
    expect(ended.code).toBe(0);
    expect(codes(run)).toEqual(['warning VALIDATOR_DEPARTED validator-3']);
    expect(codes(await status())).toContain('warning VALIDATOR_DEPARTED validator-3');
    expect(await ask('doctor')).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /warn +environment demo +VALIDATOR_DEPARTED: validator-3 left the chain at block \d+/,
      ),
    });
  });

  it('says that validators of the chain are not registered', async () => {
    await control('validator-3', 'heal');
    for (const id of ['validator-2', 'validator-3', 'validator-4'])
      expect((await service.send('DELETE', `${API}/nodes/${id}`)).status).toBe(202);
    await runUntil(
      ({ state, warnings }) => state === 'completed' && warnings.includes('VALIDATOR_SET_DIFFERS'),
    );
    const { out } = await ask('backup', 'status');
    expect(out).toMatch(
      /(warning|error) VALIDATOR_SET_DIFFERS: .*4.*\n {2}cure: Register the missing validators/,
    );
    expect(await ask('doctor')).toMatchObject({
      code: 1,
      out: expect.stringContaining('VALIDATOR_SET_DIFFERS: '),
    });
  });

  it('names a silent monitor, with the cause and its cure', async () => {
    await control('monitor', 'refuse');
    const { code, out } = await ask('doctor');
    expect(code).toBe(1);
    expect(out).toMatch(
      /fail +environment demo +MONITOR_UNREACHABLE: The monitor is not answering: Node monitor .*\n +cure: Start the node, or check its URL/,
    );
    const { run } = await runUntil(({ error }) => error?.code === 'MONITOR_UNREACHABLE');
    expect(run.error?.hint).toMatch(/^Start the node, or check its URL/);
  });
});
