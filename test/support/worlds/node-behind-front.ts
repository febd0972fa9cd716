import { expect } from '@jest/globals';

import { startOddFront, type FrontRequest } from '../simulated/odd-front.js';
import { createSimulatedRpc, syntheticChain, type SimulatedFaults } from '../simulated/simulated-node.js';
import type { SimulatedRpc } from '../simulated/simulated-rpc.js';
import type { ChainNode, RawBlock } from '#libs/chain';
import { openTestNode, type TestClock } from '../../../libs/chain/src/testing.js';

export type Front = (request: FrontRequest) => boolean;
export type FrontFaults = SimulatedFaults & Readonly<{ connectionsMax?: number }>;

export const frontChain = syntheticChain({ blocks: 300 });
const cleanups: (() => Promise<void>)[] = [];

/** Closes what `openBehind` opened; for `afterEach`. */
export const closeFronts = async (): Promise<void> => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
};

/** A node with the blocks 0 to 300 behind a front end. */
export const openBehind = async (
  front: Front,
  { connectionsMax, ...faults }: FrontFaults = {},
  clock?: TestClock,
): Promise<[ChainNode, SimulatedRpc]> => {
  const rpc = createSimulatedRpc({ chain: frontChain, faults });
  const server = await startOddFront(rpc, front, connectionsMax);
  const node = openTestNode(server.url, 'monitor', {}, clock === undefined ? {} : { clock });
  cleanups.push(
    () => server.close(),
    () => node.close(),
  );
  return [node, rpc];
};

export const expectBlocks = async (node: ChainNode, end = 300n): Promise<void> => {
  const blocks: RawBlock[] = [];
  for await (const block of node.rawBlocks({ start: 0n, end })) blocks.push(block);
  expect(blocks).toHaveLength(Number(end) + 1);
  const differing = blocks.filter(({ number, bytes }) => {
    const raw = frontChain.raw(number);
    return raw === undefined || Buffer.compare(bytes, raw) !== 0;
  });
  expect(differing).toEqual([]);
};

export const expectSurvey = async (node: ChainNode): Promise<void> => {
  const survey = await node.survey([5n, 299n, 301n]);
  expect(survey).toMatchObject({ head: 300n, chainId: 1337n, genesisHash: frontChain.header(0n).hash });
  expect(survey.headers.map(({ kind }) => kind)).toEqual(['header', 'header', 'above-head']);
};
