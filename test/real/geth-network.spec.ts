/**
 * @proves The Clique network that other suites use is real: it seals, forks and heals, and another geth imports its export.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/checks/eventually.js';
import { GethNetwork } from '../support/servers/geth-network.js';
import { describeWith } from '../support/servers/real-servers.js';

describeWith('geth')('A real Clique network of geth 1.13.15', () => {
  let network: GethNetwork;
  beforeAll(async () => {
    network = await GethNetwork.start();
  });
  afterAll(async () => {
    await network.stop();
  });

  it('seals blocks with transactions, and the monitor follows', async () => {
    const [hash] = await network.sendTransactions('v1', 3);
    const head = await network.untilOneChain(5, 60_000);
    expect(await network.monitor.hashOf(head.number)).toBe(head.hash);
    const receipt = await eventually('the monitor has the transaction', 60_000, async () => {
      const found = await network.monitor.rpc<{ status: string } | null>('eth_getTransactionReceipt', hash);
      return found ?? undefined;
    });
    expect(receipt).toMatchObject({ status: '0x1' });
    expect((await stat(network.monitor.ipcPath)).isSocket()).toBe(true);
    expect(network.monitor.ipcPath.length).toBeLessThan(104);
  });

  it('forks into two sides that both go on, and heals into one chain', async () => {
    await network.fork();
    const at = await network.node('v1').head();
    await Promise.all([
      network.untilHeight('v1', at.number + 22, 90_000),
      network.untilHeight('v3', at.number + 22, 90_000),
    ]);
    const left = await network.node('v1').hashOf(at.number + 20);
    expect(await network.monitor.hashOf(at.number + 20)).toBe(left);
    expect(await network.node('v3').hashOf(at.number + 20)).not.toBe(left);
    expect(await network.node('v3').hashOf(1)).toBe(await network.node('v1').hashOf(1));

    await network.healFork();
    const heights = await Promise.all(
      ['v1', 'v3'].map(async (name) => (await network.node(name).head()).number),
    );
    const one = await network.untilOneChain(Math.max(...heights) + 2, 90_000);
    expect(one.number).toBeGreaterThan(at.number + 22);
  });

  it('exports from a stopped node, and a fresh geth imports it to the same head', async () => {
    const { monitor } = network;
    await monitor.stop();
    const file = join(network.folder, 'chain.rlp');
    await monitor.exportTo(file, 0, 20);
    expect((await readFile(file)).length).toBeGreaterThan(20 * 500);
    await network.startNode('monitor');
    const head = await network.importFresh('fresh', [file]);
    expect(head).toStrictEqual({ number: 20, hash: await monitor.hashOf(20) });
    await network.untilOneChain(head.number + 1, 60_000);
  });
});
