/** @proves An operator decides over API and command line what becomes of files that the nodes left. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemContext } from '#libs/services';
import { toInstant } from '#libs/kernel';
import { cliError, runCliProcess, type CliEnded } from '../support/programs/run-cli.js';
import { AdminApiBench, E, expectProblem, prepare, type Answer } from '../support/worlds/admin-api-bench.js';

const OTHER = { number: 25n, hash: `0x${'25'.repeat(32)}` } as const;
const ASKED = { code: 'SUPERSESSION_PENDING', from_block: 25, other: { block: 25, hash: OTHER.hash } };

describe('decide', () => {
  let api: AdminApiBench;
  let keys: Awaited<ReturnType<typeof prepare>>;
  let runs = 0;
  beforeAll(async () => {
    api = await AdminApiBench.start();
    keys = await prepare(api);
  });
  afterAll(async () => {
    await api.stop();
  });

  /** A run meets another chain below the last end, and asks an operator. */
  const dispute = async (): Promise<void> => {
    const { clock, streams } = api.ports;
    const { state } = await streams.environments.load('prod');
    if (state.status === 'absent') throw new RangeError('There is no environment.');
    const at = toInstant(clock.nowMs());
    const context = systemContext(clock, { correlationId: 'decide' });
    const runId = `run-${++runs}`;
    const request = { runId, trigger: 'manual', attempt: 0, requestedAt: at } as const;
    const gate = {
      settings: { ...state.settings, enabled: true },
      monitorResetRequired: false,
      removed: false,
    };
    const ask = { type: 'RequestBackup', environmentId: 'prod', request, gate } as const;
    await streams.backups.handle('prod', ask, context);
    const question = { code: 'SUPERSESSION_PENDING', fromBlock: 25n, other: OTHER } as const;
    const answers = { confirmations: [], departures: [], retryable: false, reason: 'The nodes left.' };
    const command = { type: 'DisputeRange', runId, code: question.code, question, ...answers, at } as const;
    await streams.backups.handle('prod', command, context);
  };
  const post = (body: unknown, key?: string): Promise<Answer> =>
    api.ask('POST', `${E}/backup/decide`, body, key === undefined ? {} : { authorization: `Bearer ${key}` });
  const cli = (...args: string[]): Promise<CliEnded> =>
    runCliProcess(['decide', ...args], { CHAINKEEP_URL: api.url, CHAINKEEP_TOKEN: api.key });
  const decided = async (): Promise<unknown> => {
    const { state } = await api.ports.streams.backups.load('prod');
    return state.question?.decision;
  };

  it('has nothing to decide before a run asked', async () => {
    expectProblem(await post({ decision: 'keep', reason: 'none' }), 'NOTHING_TO_DECIDE', 409);
    const { code, err } = await cli('prod', '--keep', '--reason', 'none');
    expect({ code, err }).toEqual({ code: 3, err: expect.stringMatching(cliError('NOTHING_TO_DECIDE')) });
  });

  it("is an operator's act, with a reason and one of two answers", async () => {
    await dispute();
    for (const key of [keys.adminKey, keys.viewerKey])
      expectProblem(await post({ decision: 'keep', reason: 'mine' }, key), 'AUTH_FORBIDDEN', 403);
    expectProblem(await post({ decision: 'keep', reason: 'other' }, keys.otherKey), 'AUTH_FORBIDDEN', 403);
    for (const body of [{}, { decision: 'keep' }, { reason: 'why' }, { decision: 'both', reason: 'why' }])
      expectProblem(await post(body), 'INPUT_INVALID', 400);
    const nowhere = '/consortia/acme/environments/none/backup/decide';
    expectProblem(
      await api.ask('POST', nowhere, { decision: 'keep', reason: 'r' }),
      'RESOURCE_NOT_FOUND',
      404,
    );
    expect(await decided()).toBeUndefined();
  });

  it('over the API: says what was decided, is the same when repeated, and may be changed', async () => {
    const kept = await post({ decision: 'keep', reason: 'looked at both' });
    expect({ status: kept.status, body: kept.body }).toEqual({
      status: 200,
      body: { decision: 'keep', reason: 'looked at both', ...ASKED },
    });
    expect(await decided()).toBe('keep');
    expect((await post({ decision: 'keep', reason: 'looked at both' })).status).toBe(200);
    expect((await post({ decision: 'supersede', reason: 'a new chain' })).body).toMatchObject(ASKED);
    expect(await decided()).toBe('supersede');
  });

  it('over the command line: in words, as JSON, and with one answer only', async () => {
    await dispute();
    const kept = await cli('prod', '--keep', '--reason', 'the fork is not ours');
    expect(kept).toEqual({
      code: 0,
      err: '',
      out: 'The files of prod are kept. Runs are disputed while the nodes hold another chain.\n',
    });
    expect(await decided()).toBe('keep');
    const json = await cli('--supersede', '--reason', 're-initialised', '-e', 'prod', '--json');
    expect(json).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(json.out)).toEqual({ decision: 'supersede', reason: 're-initialised', ...ASKED });
    expect(await decided()).toBe('supersede');
    expect((await cli('prod', '--supersede', '--reason', 'again')).out).toContain('chainkeep backup run');
    for (const args of [
      ['prod', '--reason', 'r'],
      ['prod', '--keep', '--supersede', '--reason', 'r'],
      ['prod', '--keep'],
    ])
      expect(await cli(...args)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/^error INPUT_INVALID/),
      });
  });
});
