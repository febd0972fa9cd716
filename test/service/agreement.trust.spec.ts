/**
 * @proves Odd but honest networks are backed up without a warning, and what the nodes, the URLs and the chain's own validators say against the registration is named in words (SIMULATED nodes).
 */
import { describe, expect, it } from '@jest/globals';
import type { NodeRole } from '#libs/domain';
import { SimulatedNetwork, VALIDATORS } from '../support/simulated/simulated-network.js';

describe('who is asked, on SIMULATED nodes', () => {
  const net = new SimulatedNetwork();
  type Described = readonly [string, NodeRole, string];
  type Warning = Readonly<{ code: string; message: string; nodes?: readonly string[] }>;

  /** One backup of these nodes, and what its agreement says. */
  const agreed = async (
    nodes: readonly Described[],
    settings: Parameters<typeof net.world.environment>[1] = {},
  ) => {
    await net.world.environment(nodes, settings);
    await net.backUp();
    const events = await net.world.events();
    const data = events.find(({ type }) => type === 'RangeAgreed')?.data;
    const confirmations = data?.['confirmations'] as readonly Readonly<{ outcome: string }>[] | undefined;
    return {
      last: events.at(-1)?.type,
      warnings: data?.['warnings'] as readonly Warning[],
      outcomes: confirmations?.map(({ outcome }) => outcome),
    };
  };
  const noAdmin = (id: string) => Object.assign(net.node(id).rpc.faults, { noAdmin: true });
  const all = ['monitor', ...VALIDATORS];

  it('counts nodes behind one host with a path each as several, without the admin API too', async () => {
    await net.start(20);
    noAdmin('v1');
    const { url } = net.node('v1');
    const nodes = all.map((id): Described => [
      id,
      id === 'monitor' ? 'monitor' : 'validator',
      `${url}/${id}`,
    ]);
    expect(await agreed(nodes)).toStrictEqual({
      last: 'BackupCompleted',
      warnings: [],
      outcomes: Array(4).fill('agrees'),
    });
  });

  it('counts one URL under four ids once, and says so', async () => {
    await net.start(20);
    noAdmin('v1');
    const { url } = net.node('v1');
    const nodes = all.map((id): Described => [id, id === 'monitor' ? 'monitor' : 'validator', url]);
    const found = await agreed(nodes);
    expect(found.outcomes).toStrictEqual(['agrees', 'duplicate', 'duplicate', 'duplicate']);
    expect(found.warnings).toMatchObject([{ code: 'NODE_IDENTITY_SHARED', nodes: VALIDATORS }]);
  });

  it('takes the monitor as the only validator', async () => {
    await net.start(20);
    const { url } = net.node('v1');
    const nodes: readonly Described[] = [
      ['monitor', 'monitor', url],
      ['v1', 'validator', url],
    ];
    expect(await agreed(nodes)).toStrictEqual({
      last: 'BackupCompleted',
      warnings: [],
      outcomes: ['agrees'],
    });
  });

  it('says in words who of the chain is not registered, and that too few are asked', async () => {
    await net.start(20);
    const onChain = ['1', '2', '3', '4', '5'].map((digit) => `0x${digit.repeat(40)}`);
    for (const id of all) net.node(id).rpc.validators = onChain;
    const two = net.described().filter(([id]) => ['monitor', 'v1', 'v2'].includes(id));
    const { warnings } = await agreed(two);
    expect(warnings).toMatchObject([
      { code: 'VALIDATOR_SET_DIFFERS', message: expect.stringContaining(onChain.join(', ')) },
      { code: 'VALIDATORS_BELOW_QUORUM', message: expect.stringMatching(/^Only 2 of the 5 validators/) },
    ]);
  });

  it('warns when the whole network has been still for longer than expected', async () => {
    await net.start(20);
    const { warnings } = await agreed(net.described(), { expectedBlockWithin: 'PT10M' });
    expect(warnings).toMatchObject([{ code: 'BLOCK_OVERDUE' }]);
    await net.backUp();
    expect(await net.world.lastEvent()).toMatchObject({
      type: 'BackupSkipped',
      data: { reason: 'NO_NEW_BLOCK', warnings: [{ code: 'BLOCK_OVERDUE' }] },
    });
  });

  it('goes on without a validator whose connection cannot be opened', async () => {
    await net.start(20);
    const nodes = net
      .described()
      .map(([id, role, url]): Described => [id, role, id === 'v4' ? 'http://169.254.169.254/' : url]);
    const found = await agreed(nodes, { agreement: { kind: 'quorum' } });
    expect(found.last).toBe('BackupCompleted');
    expect(found.outcomes).toStrictEqual(['agrees', 'agrees', 'agrees', 'unreachable']);
  });
});
