/**
 * @proves Rate limits and passing errors cost requests and no answers; a block counts as pruned only on evidence (SIMULATED front ends).
 */
import { afterEach, describe, expect, it } from '@jest/globals';

import { errorObject, type FrontRequest } from '../../../../test/support/simulated/odd-front.js';
import { rejection } from '../testing.js';
import {
  closeFronts,
  expectBlocks,
  expectSurvey,
  frontChain as chain,
  openBehind,
  type Front,
} from '../../../../test/support/worlds/node-behind-front.js';

afterEach(closeFronts);

/** Answers only the first request that fits. */
const once = (fits: (request: FrontRequest) => boolean, answer: (request: FrontRequest) => void): Front => {
  let isDone = false;
  return (request) => {
    if (isDone || !fits(request)) return false;
    isDone = true;
    answer(request);
    return true;
  };
};

const asksRaw = ({ items }: FrontRequest): boolean =>
  items.length > 2 && items[0]!.method.startsWith('debug_');

describe('what fails for a moment', () => {
  it.each<[string, (request: FrontRequest) => void]>([
    [
      'HTTP 429 with Retry-After',
      ({ send }) => {
        send('slow down', 429, { 'retry-after': '1' });
      },
    ],
    [
      'HTTP 429',
      ({ send }) => {
        send(errorObject(-32005, 'limit exceeded'), 429);
      },
    ],
    [
      'HTTP 503 with a date to retry after',
      ({ send }) => {
        const [now, later] = [0, 2_000].map((ms) => new Date(ms).toUTCString()) as [string, string];
        send('', 503, { date: now, 'retry-after': later });
      },
    ],
    [
      'HTTP 502',
      ({ send }) => {
        send('bad gateway', 502);
      },
    ],
    [
      'an error that speaks of a rate',
      ({ send }) => {
        send(errorObject(-32005, 'rate limit exceeded'));
      },
    ],
    [
      'an error 429',
      ({ send }) => {
        send(errorObject(429, 'compute units per second'));
      },
    ],
    [
      'an error -32007',
      ({ send }) => {
        send(errorObject(-32007, '15/second request limit reached'));
      },
    ],
    [
      'a closed connection',
      ({ drop }) => {
        drop();
      },
    ],
    [
      'a batch without its last answer',
      ({ items, send }) => {
        send(
          `[${items
            .map(({ id }) => `{"jsonrpc":"2.0","id":${String(id)},"result":null}`)
            .slice(1)
            .join(',')}]`,
        );
      },
    ],
  ])('is asked again at the same size: %s', async (_what, answer) => {
    const sizes: number[] = [];
    const front = once(() => true, answer);
    const [node] = await openBehind((request) => {
      sizes.push(request.items.length);
      return front(request);
    });
    await expectSurvey(node);
    expect(sizes).toEqual([7, 7]);
  });

  it('an item limited by rate, an item that fails once, a header that is null once', async () => {
    for (const part of [
      '"error":{"code":429,"message":"slow"}',
      '"error":{"code":-32603,"message":"upstream"}',
      '"result":null',
    ]) {
      const [node] = await openBehind(
        once(
          ({ items }) => items.length > 4,
          ({ items, answer, send }) => {
            const answers = JSON.parse(answer()) as { id: unknown }[];
            const spoiled = answers.map((item) =>
              item.id === items[3]!.id
                ? `{"jsonrpc":"2.0","id":${String(item.id)},${part}}`
                : JSON.stringify(item),
            );
            send(`[${spoiled.join(',')}]`);
          },
        ),
      );
      await expectSurvey(node);
    }
  });

  it('a rate limit that lasts longer than the time to wait is named', async () => {
    const [node] = await openBehind(({ send }) => {
      send('', 429, { 'retry-after': '60' });
      return true;
    });
    const error = await rejection(node.survey([1n], { timeoutMs: 5_000 }));
    expect(error.code).toBe('NODE_RATE_LIMITED');
  });

  it('is not asked without a pause when it says that it may be asked at once', async () => {
    let asked = 0;
    const [node] = await openBehind(({ send }) => {
      asked += 1;
      send('', 429, { 'retry-after': '0' });
      return true;
    });
    const error = await rejection(node.survey([1n], { timeoutMs: 3_000 }));
    expect(['NODE_RATE_LIMITED', 'NODE_TIMEOUT']).toContain(error.code);
    expect(asked).toBeLessThan(40);
  });

  it('takes whole batches again after a gateway refused them for a while', async () => {
    let isLimited = true;
    const sizes: number[] = [];
    const [node] = await openBehind((request) => {
      if (asksRaw(request)) sizes.push(request.items.length);
      if (isLimited && request.items.length > 1) request.send(errorObject(-32005, 'limit exceeded'));
      return isLimited && request.items.length > 1;
    });
    await expectBlocks(node, 60n);
    isLimited = false;
    for (let turn = 0; turn < 4; turn++) await expectBlocks(node);
    expect(Math.max(...sizes.slice(-3))).toBeGreaterThan(64);
  });
});

describe('a block that does not come', () => {
  const isOf = ({ items }: FrontRequest, number: number): boolean =>
    items.some(({ method, params }) => method === 'debug_getRawBlock' && Number(params[0]) === number);
  const spoil = ({ answer, items, send, isBatch }: FrontRequest, number: number, error: string): void => {
    const at = items.find(({ params }) => Number(params[0]) === number)!.id;
    const answers = isBatch
      ? (JSON.parse(answer()) as { id: unknown }[])
      : [JSON.parse(answer()) as { id: unknown }];
    const texts = answers.map((item) =>
      item.id === at ? `{"jsonrpc":"2.0","id":${String(at)},${error}}` : JSON.stringify(item),
    );
    send(isBatch ? `[${texts.join(',')}]` : texts[0]!);
  };
  const UPSTREAM = '"error":{"code":-32603,"message":"internal error: upstream request timeout"}';

  it.each<[string, string, number]>([
    ['is asked for again when it fails once', UPSTREAM, 1],
    ['is asked for again when it fails four times', UPSTREAM, 4],
    ['is asked for again when it is null once', '"result":null', 1],
    ['is asked for again when it is "0x" once', '"result":"0x"', 1],
  ])('%s', async (_what, error, times) => {
    let left = times;
    const [node] = await openBehind((request) => {
      const isSpoiled = isOf(request, 97) && left-- > 0;
      if (isSpoiled) spoil(request, 97, error);
      return isSpoiled;
    });
    await expectBlocks(node);
  });

  it('is not called pruned while the node has older ones', async () => {
    const [node] = await openBehind((request) => {
      const isSpoiled = isOf(request, 97);
      if (isSpoiled) spoil(request, 97, UPSTREAM);
      return isSpoiled;
    });
    const error = await rejection(expectBlocks(node));
    expect(error.code).toBe('NODE_RPC_ERROR');
    expect(error.message).toMatch(/has older blocks, but gives no block 97: .*upstream request timeout\.$/);
  });

  it('is pruned where geth says so by 4444', async () => {
    const [node] = await openBehind((request) => {
      const gone = request.items.filter(({ params }) => Number(params[0]) > 0 && Number(params[0]) < 200);
      const isSpoiled = request.items[0]!.method === 'debug_getRawBlock' && gone.length > 0;
      if (!isSpoiled) return false;
      const answers = request.items.map((item) =>
        gone.includes(item)
          ? errorObject(4444, 'pruned history unavailable', item.id)
          : `{"jsonrpc":"2.0","id":${String(item.id)},"result":"0x${Buffer.from(chain.raw(BigInt(item.params[0] as string))!).toString('hex')}"}`,
      );
      request.send(request.isBatch ? `[${answers.join(',')}]` : answers[0]!);
      return true;
    });
    const error = await rejection(expectBlocks(node));
    expect([error.code, error.context['oldestBlock']]).toEqual(['NODE_HISTORY_PRUNED', 200n]);
  });
});
