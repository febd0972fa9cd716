/**
 * @proves The check of API answers against the OpenAPI document finds missing, wrong and undocumented fields. A run has one form, projected or not.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { systemContext } from '#libs/services';
import { AdminApiBench, E } from '../support/worlds/admin-api-bench.js';
import { eventually } from '../support/checks/eventually.js';
import { expectDocumented } from '../support/checks/documented-answers.js';

const URL_OF = 'http://127.0.0.1/api/v1/consortia/acme/memberships';
const member = { _id: 'bank-a', consortium_id: 'acme', org_name: 'Bank A', state: 'active' };
const check =
  (body: unknown, url = URL_OF) =>
  () => {
    expectDocumented('GET', url, { status: 200, body });
  };

// Every answer that the suites of the API get is held against the committed document: this shows that it can fail.
describe('answers and the OpenAPI document', () => {
  it('agree in a list and in a resource', () => {
    expect(check([member])).not.toThrow();
    expect(check(member, `${URL_OF}/bank-a`)).not.toThrow();
  });

  it('differ by a field that is missing, of another kind, or not described', () => {
    const { org_name: _name, ...nameless } = member;
    expect(check([nameless])).toThrow(/org_name/);
    expect(check([{ ...member, state: 'asleep' }])).toThrow(/state/);
    expect(check([{ ...member, secret: 'x' }])).toThrow(/secret/);
    expect(check(member)).toThrow(/not as documented/);
  });

  it('are not compared for refusals, which are problems of one form', () => {
    expect(() => {
      expectDocumented('GET', URL_OF, { status: 404, body: {} });
    }).not.toThrow();
  });
});

/** What the API answers to a run that a schedule requested; every answer is held against the document. */
const answerToRun = async (project: boolean): Promise<unknown> => {
  const api = await AdminApiBench.start({ project });
  try {
    await api.ask('POST', '/consortia', { _id: 'acme', name: 'Acme' });
    await api.ask('POST', '/consortia/acme/environments', { id: 'prod', name: 'prod', provider: 'geth' });
    const { environments, backups } = api.ports.streams;
    const { state } = await environments.load('prod');
    if (state.status !== 'live') throw new Error('The environment is missing.');
    const at = '2026-01-02T00:00:00.000Z';
    const request = {
      runId: 'r-slot',
      trigger: 'schedule',
      slot: { kind: 'time', at },
      attempt: 0,
      requestedAt: at,
    } as const;
    const gate = {
      settings: { ...state.settings, enabled: true },
      monitorResetRequired: false,
      removed: false,
    };
    const command = { type: 'RequestBackup', environmentId: 'prod', request, gate } as const;
    await backups.handle('prod', command, systemContext(api.ports.clock, { correlationId: randomUUID() }));
    const listed = async (): Promise<number> => {
      const { body } = await api.ask('GET', `${E}/backup/runs`);
      return (body as readonly unknown[]).length;
    };
    if (project) await eventually('the run is listed', 20_000, async () => (await listed()) === 1);
    else expect(await listed()).toBe(0);
    const { status, body } = await api.ask('GET', `${E}/backup/runs/r-slot`);
    expect(status).toBe(200);
    return body;
  } finally {
    await api.stop();
  }
};

describe('a run', () => {
  it('is answered in one form, whether the projection shows it yet or not', async () => {
    const unprojected = await answerToRun(false);
    expect(unprojected).toMatchObject({ _id: 'r-slot', slot: { kind: 'time' } });
    expect(await answerToRun(true)).toEqual(unprojected);
  });
});
