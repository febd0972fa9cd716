/** @proves Blocks gathered from a real geth over HTTP, IPC and WebSocket are byte for byte the blocks that geth exports. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { gatherSegment, SegmentCollector } from '#libs/chain';
import { createChainNode } from '#libs/chain/adapters/rpc.chain-node';

import { exportSeconds, prepareChain, startGeth, type RunningGeth } from '../../bench/gather/geth-chain.js';
import { TestClock } from '../../libs/chain/src/testing.js';
import { describeWith, pathOfServer } from '../support/servers/real-servers.js';

const BLOCKS = 600;

describeWith('geth')('gathering from a real geth 1.13.15 (CHAINKEEP_GETH)', () => {
  const directory = mkdtempSync(join(tmpdir(), 'chainkeep-real-'));
  const exported = join(directory, 'export.rlp');
  let node: RunningGeth;

  beforeAll(async () => {
    const chain = prepareChain(pathOfServer('geth'), BLOCKS);
    exportSeconds(chain, exported);
    node = await startGeth(chain);
  });
  afterAll(async () => {
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(['http', 'ipc', 'ws without debug'] as const)(
    'gives the bytes of geth export over %s',
    async (kind) => {
      const url = { http: node.httpUrl, ipc: node.ipcPath, 'ws without debug': node.wsUrl }[kind];
      const hasDebug = kind !== 'ws without debug';
      const source = createChainNode(
        { id: kind, endpoint: { url }, provider: 'geth' },
        { clock: new TestClock() },
      );
      const identity = await source.identity();
      expect(identity).toMatchObject({
        chainId: 4242n,
        clientVersion: expect.stringContaining('Geth/v1.13.15'),
      });
      if (hasDebug) expect(identity.nodeId).toMatch(/^[0-9a-f]{64}$/);
      const { head, headers } = await source.survey([BigInt(BLOCKS), BigInt(BLOCKS + 1)]);
      expect(head).toBe(BigInt(BLOCKS));
      expect(headers.map((finding) => finding.kind)).toEqual(['header', 'above-head']);
      expect((await source.validatorsAt(5n))?.length).toBe(hasDebug ? 4 : undefined);
      const statuses = await source.probe({ nowMs: Date.now(), chainId: 4242n });
      expect(statuses.map(({ check, status }) => `${check} ${status}`).slice(0, 5)).toEqual([
        'reachable ok',
        'chain-id ok',
        'genesis ok',
        // Rebuilt from eth_getBlockByNumber where there is no debug API.
        `raw-blocks ${hasDebug ? 'ok' : 'warn'}`,
        'oldest-block ok',
      ]);
      const [end] = headers;
      const collector = new SegmentCollector({
        range: { start: 0n, end: head },
        parentHash: undefined,
        endHash: end?.kind === 'header' ? end.header.hash : '0x',
      });
      const chunks: Uint8Array[] = [];
      const sink = { write: ({ bytes }: { bytes: Uint8Array }): void => void chunks.push(bytes) };
      await gatherSegment(
        { nodes: [source], collector, sink },
        { clock: new TestClock(), random: () => 0.5 },
      );
      expect(Buffer.concat(chunks).equals(readFileSync(exported))).toBe(true);
      const beyond = async (): Promise<void> => {
        for await (const block of source.rawBlocks({ start: head, end: head + 5n }))
          expect(block.number).toBe(head);
      };
      await expect(beyond()).rejects.toMatchObject({ code: 'NODE_RPC_ERROR' });
      await source.close();
    },
  );
});
