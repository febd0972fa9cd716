import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import type { SimulatedChain } from './simulated-chain.js';
import { SimulatedRpc, type SimulatedFaults } from './simulated-rpc.js';

export { lazyChain, syntheticChain, type SimulatedChain } from './simulated-chain.js';
export type { SimulatedCounts, SimulatedFaults } from './simulated-rpc.js';

export type SimulatedNodeOptions = Readonly<{
  chain: SimulatedChain;
  chainId?: bigint;
  nodeId?: string;
  faults?: SimulatedFaults;
  /** Addresses that clique_getSigners answers. */
  validators?: readonly string[];
}>;

/**
 * A SIMULATED node: an HTTP JSON-RPC server on 127.0.0.1 over a chain in memory, with faults to switch on. It
 * proves how Chainkeep behaves, not how a client does; for that there are tests on real clients.
 *
 *     const node = await startSimulatedNode({ chain: syntheticChain({ blocks: 1000 }) });
 *     node.rpc.faults.silent = true;   node.rpc.chain.head = 500n;   node.rpc.counts.lookups
 *     await node.close();
 */
export type SimulatedNode = Readonly<{
  url: string;
  rpc: SimulatedRpc;
  close(): Promise<void>;
}>;

export const startSimulatedNode = async (options: SimulatedNodeOptions): Promise<SimulatedNode> => {
  return startSimulatedServer(createSimulatedRpc(options));
};

/** Serves a SIMULATED node of any kind over HTTP. */
export const startSimulatedServer = async <Rpc extends SimulatedRpc>(
  rpc: Rpc,
): Promise<SimulatedNode & Readonly<{ rpc: Rpc }>> => {
  const server = createServer((request, response) => {
    void serve(rpc, request, response);
  });
  if (rpc.faults.connectionsMax !== undefined) server.maxConnections = rpc.faults.connectionsMax;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, rpc, close: () => stop(server) };
};

/** The same node without a server, to put behind another transport. */
export const createSimulatedRpc = (options: SimulatedNodeOptions): SimulatedRpc => {
  const rpc = new SimulatedRpc(options.chain, {
    chainId: options.chainId ?? 1337n,
    nodeId: options.nodeId ?? 'simulated',
    clientVersion: 'SIMULATED/v1',
  });
  rpc.faults = { ...options.faults };
  rpc.validators = options.validators;
  return rpc;
};

/** Serves one request; exported for tests that bring their own server (TLS, a proxy). */
export const serve = async (
  rpc: SimulatedRpc,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return;
  }
  const { silent, refuses, refusesAfterRawBlocks = Infinity } = rpc.faults;
  if (silent) return;
  if (refuses || rpc.counts.rawBlocks >= refusesAfterRawBlocks) {
    request.socket.destroy();
    return;
  }
  const body = Buffer.concat(chunks);
  if (isHostRefused(rpc, request)) {
    response.writeHead(403).end(rpc.hostRefusal);
    return;
  }
  if (body.length > (rpc.faults.requestBytesMax ?? Infinity))
    response.writeHead(413).end('request too large');
  else await answer(rpc, body, response);
};

const isHostRefused = ({ faults }: SimulatedRpc, { headers }: IncomingMessage): boolean =>
  faults.hosts?.includes(headers.host?.split(':')[0] ?? '') === false;

const answer = async (rpc: SimulatedRpc, body: Buffer, response: ServerResponse): Promise<void> => {
  const { garbage, httpStatus, msPerBlock = 0 } = rpc.faults;
  const rawBefore = rpc.counts.rawBlocks;
  const text = garbage ? '<html>busy</html>' : rpc.answer(body.toString());
  const waitMs = latencyOf(rpc.faults) + msPerBlock * (rpc.counts.rawBlocks - rawBefore);
  if (waitMs > 0) await waitOrClosed(response, waitMs);
  response.writeHead(httpStatus ?? 200, { 'content-type': 'application/json' }).end(text);
};

/** An answer whose connection is gone is not waited for. */
const waitOrClosed = async (response: ServerResponse, ms: number): Promise<void> => {
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  await setTimeout(ms, undefined, { signal: gone.signal }).catch(() => undefined);
};

const latencyOf = ({ latencyMs = 0 }: SimulatedFaults): number =>
  typeof latencyMs === 'function' ? latencyMs() : latencyMs;

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
