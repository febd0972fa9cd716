/**
 * @proves Besu's answers to wrong tokens, host names, connections, missing blocks and long IPC requests are understood (SIMULATED Besu, as 26.2 was found to answer).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChainNode } from '#libs/chain';
import { openTestNode, rejection } from '../../libs/chain/src/testing.js';
import { SEALED_VALIDATORS } from '../support/simulated/fixture-chains.js';
import { startBesuIpcServer } from '../support/simulated/rpc-servers.js';
import { syntheticChain } from '../support/simulated/simulated-node.js';
import { SimulatedClient, startSimulatedClient } from '../support/simulated/simulated-clients.js';
import type { SimulatedFaults } from '../support/simulated/simulated-rpc.js';

const chain = syntheticChain({ blocks: 300 });
const options = {
  style: 'besu',
  chain,
  groups: ['debug', 'qbft', 'admin'],
  validators: SEALED_VALIDATORS,
} as const;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const setUp = async (faults: SimulatedFaults): Promise<[ChainNode, SimulatedClient]> => {
  const server = await startSimulatedClient({ ...options, faults });
  const node = openTestNode(server.url, 'monitor', {}, { provider: 'besu' });
  cleanups.push(
    () => server.close(),
    () => node.close(),
  );
  return [node, server.rpc];
};

const expectBlocks = async (node: ChainNode): Promise<void> => {
  let next = 0n;
  for await (const { number, bytes } of node.rawBlocks({ start: 0n, end: 300n })) {
    expect(number).toBe(next++);
    expect(Buffer.compare(bytes, chain.raw(number)!)).toBe(0);
  }
  expect(next).toBe(301n);
};

describe('SIMULATED Besu', () => {
  it('refuses an expired or foreign token for each item: the credentials are wrong', async () => {
    const [node, rpc] = await setUp({ unauthorized: 'all' });
    for (const work of [node.survey([1n]), expectBlocks(node), node.identity()]) {
      expect(await rejection(work)).toMatchObject({ code: 'NODE_AUTH_FAILED', retryable: false });
    }
    expect(rpc.counts.requests).toBeLessThan(10);
  });

  it('refuses debug alone to a token without it: blocks are encoded from their JSON', async () => {
    const [node, rpc] = await setUp({ unauthorized: ['debug', 'admin'] });
    expect((await node.survey([5n])).nodeId).toBeUndefined();
    await expectBlocks(node);
    expect(rpc.counts.rawBlocks).toBe(0);
    expect(await node.validatorsAt(3n)).toEqual(SEALED_VALIDATORS);
    const findings = await node.probe({ nowMs: Date.now() });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(findings.find(({ check }) => check === 'raw-blocks')?.status).toBe('warn');
  });

  it('refuses a host name, and the cure names its option', async () => {
    const [node] = await setUp({ hosts: ['besu.example'] });
    const error = await rejection(node.survey([1n]));
    expect(error.code).toBe('NODE_HOST_REFUSED');
    expect(error.message).toContain('Host not authorized.');
    expect(error.hint).toContain('--host-allowlist');
  });

  it.each([1, 2, 3])('closes connections above its limit of %s: fewer are used', async (connectionsMax) => {
    const [node] = await setUp({ connectionsMax });
    await Promise.all([expectBlocks(node), node.survey([1n]), node.survey([2n]), node.identity()]);
  });

  it('tells methods it does not know from groups that are off, and both are missing', async () => {
    const [node, rpc] = await setUp({});
    const error = await rejection(node.exportChain('/f', { start: 0n, end: 1n }));
    expect([error.code, error.context['rpcCode']]).toEqual(['NODE_METHOD_MISSING', -32601]);
    const bare = new SimulatedClient({ ...options, groups: [] });
    expect(bare.answer('{"id":1,"method":"debug_getRawBlock","params":["0x1"]}')).toContain('-32604');
    expect(rpc.counts.requests).toBe(1);
  });

  it('has no block above its head, and says which bodies are gone', async () => {
    const [node] = await setUp({ prunedBelow: 200n });
    expect((await node.survey([301n])).headers).toEqual([{ kind: 'above-head' }]);
    const error = await rejection(expectBlocks(node));
    expect([error.code, error.context['oldestBlock']]).toEqual(['NODE_HISTORY_PRUNED', 200n]);
  });

  it('answers a long request over IPC once per piece: shorter ones are sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chainkeep-besu-ipc-'));
    const path = join(folder, 'besu.ipc');
    const server = await startBesuIpcServer(new SimulatedClient(options), path, 1024);
    const node = openTestNode(path, 'monitor', {}, { provider: 'besu' });
    cleanups.push(
      () => {
        rmSync(folder, { recursive: true });
      },
      () => server.close(),
      () => node.close(),
    );
    await expectBlocks(node);
    expect((await node.survey([7n])).head).toBe(300n);
  });
});
