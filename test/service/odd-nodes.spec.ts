/**
 * @proves A network whose nodes are all behind odd front ends is backed up to its last byte (SIMULATED nodes and front ends).
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  errorObject,
  FORBIDDEN_PAGE,
  startOddFront,
  type FrontRequest,
} from '../support/simulated/odd-front.js';
import { createSimulatedRpc, syntheticChain } from '../support/simulated/simulated-node.js';
import { BackupWorld } from '../support/worlds/backup-world.js';

const chain = syntheticChain({ blocks: 120 });
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Replaces the answers to some items by an error. */
const failing =
  (fits: (item: FrontRequest['items'][number]) => boolean, code: number, message: string) =>
  ({ items, isBatch, answer, send }: FrontRequest): boolean => {
    const failed = items.filter(fits).map(({ id }) => id);
    if (failed.length === 0) return false;
    const parsed = JSON.parse(answer()) as { id: unknown } | { id: unknown }[];
    const texts = [parsed]
      .flat()
      .map((item) => (failed.includes(item.id) ? errorObject(code, message, item.id) : JSON.stringify(item)));
    send(isBatch ? `[${texts.join(',')}]` : (texts[0] ?? ''));
    return true;
  };

/** Each node has a front end, with a state of its own. */
const FRONTS: readonly (readonly [string, () => (request: FrontRequest) => boolean])[] = [
  [
    'no chain ID before EIP-155',
    () => failing(({ method }) => method === 'eth_chainId', -32000, 'chain not synced beyond EIP-155'),
  ],
  [
    'a filter of methods that refuses whole batches',
    () => (request) => {
      const isRefused = request.items.some(({ method }) => !/^(eth|net|web3)_/.test(method));
      if (isRefused) request.send(FORBIDDEN_PAGE, 403);
      return isRefused;
    },
  ],
  [
    'items that fail once with -32603',
    () => {
      const seen = new Set<unknown>();
      return failing(
        ({ method, params: [number] }) => {
          const isFirst = method === 'debug_getRawBlock' && Number(number) % 17 === 3 && !seen.has(number);
          if (isFirst) seen.add(number);
          return isFirst;
        },
        -32603,
        'internal error: upstream request timeout',
      );
    },
  ],
  [
    'a firewall that wants a User-Agent',
    () => (request) => {
      const isRefused = request.request.headers['user-agent'] === undefined;
      if (isRefused) request.send(FORBIDDEN_PAGE, 403);
      return isRefused;
    },
  ],
  [
    'a gateway without batches',
    () => (request) => {
      if (request.isBatch) request.send(errorObject(-32700, 'Parse error'));
      return request.isBatch;
    },
  ],
  [
    'a gateway that limits every fourth request',
    () => {
      let seen = 0;
      return (request) => {
        const isLimited = ++seen % 4 === 0;
        if (isLimited) request.send('slow down', 429, { 'retry-after': '1' });
        return isLimited;
      };
    },
  ],
  [
    'connections that are closed without an answer',
    () => {
      let seen = 0;
      return (request) => {
        const isDropped = ++seen % 4 === 0;
        if (isDropped) request.drop();
        return isDropped;
      };
    },
  ],
];

describe('a backup of a network behind', () => {
  it.each(FRONTS)('%s', async (_what, frontOf) => {
    const world = await BackupWorld.create();
    cleanups.push(() => world.close());
    const nodes = await Promise.all(
      ['monitor', 'v1', 'v2'].map(async (id) => {
        const front = await startOddFront(createSimulatedRpc({ chain, nodeId: id }), frontOf());
        cleanups.push(() => front.close());
        return [id, id === 'monitor' ? 'monitor' : 'validator', front.url] as const;
      }),
    );
    await world.environment(nodes);
    await world.request();
    await world.settle();
    expect(await world.lastEvent()).toMatchObject({ type: 'BackupCompleted' });
    const { entries } = await world.ports.histories.read('e');
    const [managed] = world.objects.stores.values();
    const chunks: Uint8Array[] = [];
    for (const { key } of entries) for await (const chunk of managed!.get(key)) chunks.push(chunk);
    const whole = Buffer.concat(Array.from({ length: 121 }, (_, number) => chain.raw(BigInt(number))!));
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  });
});
