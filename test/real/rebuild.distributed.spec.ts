/**
 * @proves The API rebuilds the history of a distributed installation, even in two replicas at once, and the projectors continue with it.
 */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DistributedWorld } from '../support/worlds/distributed-world.js';
import { eventually } from '../support/checks/eventually.js';
import { describeWith } from '../support/servers/real-servers.js';

const BACKUP = 'consortia/acme/environments/prod/backup';

describeWith('kafka', 'postgres')('The history of a distributed installation', () => {
  let world: DistributedWorld;

  beforeAll(async () => {
    world = await DistributedWorld.start({
      replicas: 2,
      partitions: 1,
      services: ['admin-api', 'history-projector'],
    });
    // No resolver runs, so the node is never asked: runs are requested and stay so.
    const rpc = 'http://127.0.0.1:9';
    const nodes = [
      { id: 'v1', role: 'validator', member: 'bank-a', rpc },
      { id: 'monitor', role: 'monitor', rpc },
    ];
    await world.apply({
      consortium: { id: 'acme', name: 'Acme' },
      members: [{ id: 'bank-a', name: 'Bank A' }],
      environments: [{ id: 'prod', provider: 'geth', consensus: 'clique', nodes, backup: { enabled: true } }],
    });
  });
  afterAll(async () => {
    await world.stop();
  });

  /** Requests a run and waits until `count` of them are shown. */
  const request = async (count: number): Promise<readonly unknown[]> => {
    expect((await world.ask('POST', `${BACKUP}/runs`, {})).status).toBe(202);
    return eventually(`${count} runs are shown`, 30_000, async () => {
      const { body } = await world.ask('GET', `${BACKUP}/runs`);
      const runs = body as unknown as readonly unknown[];
      return runs.length === count && runs;
    });
  };

  const rebuild = async (url: string): Promise<unknown> => {
    const authorization = `Bearer ${await world.key()}`;
    const response = await fetch(`${url}/api/v1/history/rebuild`, {
      method: 'POST',
      headers: { authorization },
    });
    return { status: response.status, body: await response.json() };
  };

  it('is rebuilt by the API, also by two replicas at once, and the projectors go on with it', async () => {
    const before = await request(1);
    const outcomes = await Promise.all(world.services.of('admin-api').map(({ url }) => rebuild(url)));
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 200, body: { events: 1, equal: true } });
    expect((await world.ask('GET', `${BACKUP}/runs`)).body).toEqual(before);
    expect(await request(2)).toEqual(expect.arrayContaining([...before]));
  });
});
