/**
 * @proves Odd HTTP, limits on connections and chains before EIP-155 are taken as they are (SIMULATED front ends).
 */
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from '@jest/globals';

import {
  errorObject,
  FORBIDDEN_PAGE,
  type FrontRequest,
} from '../../../../test/support/simulated/odd-front.js';
import { rejection } from '../testing.js';
import {
  closeFronts,
  expectBlocks,
  expectSurvey,
  openBehind,
  type Front,
  type FrontFaults,
} from '../../../../test/support/worlds/node-behind-front.js';

afterEach(closeFronts);

describe('odd HTTP', () => {
  it.each<[string, Front, FrontFaults]>([
    ['answers out of order', () => false, { reversedBatch: true }],
    [
      'IDs as strings',
      ({ answer, send }) => {
        send(answer().replace(/"id":(\d+)/g, '"id":"$1"'));
        return true;
      },
      {},
    ],
    [
      'gzip that nobody asked for',
      ({ answer, send }) => {
        send(gzipSync(answer()), 200, { 'content-encoding': 'gzip' });
        return true;
      },
      {},
    ],
    [
      'chunks',
      ({ answer, response }) => {
        const text = answer();
        response.writeHead(200);
        for (let at = 0; at < text.length; at += 1000) response.write(text.slice(at, at + 1000));
        response.end();
        return true;
      },
      {},
    ],
    [
      'Connection: close after each answer',
      ({ answer, send }) => {
        send(answer(), 200, { connection: 'close' });
        return true;
      },
      {},
    ],
    [
      'HTTP/1.0 without a length',
      ({ answer, request }) => {
        request.socket.end(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${answer()}`);
        return true;
      },
      {},
    ],
    ['one connection at a time', () => false, { connectionsMax: 1 }],
    ['two connections at a time', () => false, { connectionsMax: 2 }],
    [
      'every third request dropped',
      (() => {
        let seen = 0;
        return ({ drop }: FrontRequest) => {
          const isDropped = ++seen % 3 === 0;
          if (isDropped) drop();
          return isDropped;
        };
      })(),
      {},
    ],
    [
      'requests without a User-Agent refused',
      ({ request, send }) => {
        const isRefused = request.headers['user-agent'] === undefined;
        if (isRefused) send(FORBIDDEN_PAGE, 403);
        return isRefused;
      },
      {},
    ],
    [
      'no chain ID before EIP-155',
      ({ items, answer, send, isBatch }) => {
        const at = items.find(({ method }) => method === 'eth_chainId')?.id;
        if (at === undefined) return false;
        const answers = isBatch ? (JSON.parse(answer()) as { id: unknown }[]) : [{ id: at }];
        const texts = answers.map((item) =>
          item.id === at ? errorObject(-32000, 'chain not synced beyond EIP-155', at) : JSON.stringify(item),
        );
        send(isBatch ? `[${texts.join(',')}]` : texts[0]!);
        return true;
      },
      {},
    ],
  ])('%s', async (_what, front, faults) => {
    const [node] = await openBehind(front, faults);
    await Promise.all([expectSurvey(node), expectBlocks(node), expectSurvey(node)]);
  });

  it('an ID that is answered twice is refused, in words', async () => {
    const [node] = await openBehind(({ answer, send, isBatch }) => {
      if (isBatch) send(answer().replace(/"id":(\d+)/, (_all, id: string) => `"id":${Number(id) + 1}`));
      return isBatch;
    });
    expect((await rejection(node.survey([1n]))).message).toMatch(/an ID is answered twice/);
  });
});
