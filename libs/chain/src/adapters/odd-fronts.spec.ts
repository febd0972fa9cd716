/**
 * @proves Gateways without batches and filters of methods are served, and what is refused as a whole is named in words (SIMULATED front ends).
 */
import { afterEach, describe, expect, it } from '@jest/globals';

import {
  errorObject,
  FORBIDDEN_PAGE,
  type FrontRequest,
} from '../../../../test/support/simulated/odd-front.js';
import { rejection, TestClock } from '../testing.js';
import {
  closeFronts,
  expectBlocks,
  expectSurvey,
  openBehind,
} from '../../../../test/support/worlds/node-behind-front.js';

afterEach(closeFronts);

describe('a gateway that takes no batches', () => {
  const page = { 'content-type': 'text/html' };
  it.each<[string, (request: FrontRequest) => void]>([
    ...[400, 403, 404, 405, 413, 415, 422, 500, 501].map((status): [string, (r: FrontRequest) => void] => [
      `HTTP ${status}`,
      ({ send }) => {
        send(FORBIDDEN_PAGE, status, page);
      },
    ]),
    ...[-32700, -32600, -32601, -32603, -32000, -32005].map((code): [string, (r: FrontRequest) => void] => [
      `one error ${code}`,
      ({ send }) => {
        send(errorObject(code, 'batches are not supported'));
      },
    ]),
    [
      'one error with HTTP 400',
      ({ send }) => {
        send(errorObject(-32600, 'no batches'), 400);
      },
    ],
    [
      'another object',
      ({ send }) => {
        send('{"message":"no batches"}');
      },
    ],
    [
      'an empty batch',
      ({ send }) => {
        send('[]');
      },
    ],
    [
      'an empty body',
      ({ send }) => {
        send('');
      },
    ],
    ['HTTP 204', ({ response }) => response.writeHead(204).end()],
    [
      'a page',
      ({ send }) => {
        send(FORBIDDEN_PAGE, 200, page);
      },
    ],
    [
      'a closed connection',
      ({ drop }) => {
        drop();
      },
    ],
  ])('and says so by %s is asked call by call', async (_what, refuse) => {
    const [node, rpc] = await openBehind((request) => {
      if (request.isBatch) refuse(request);
      return request.isBatch;
    });
    await expectSurvey(node);
    await expectBlocks(node);
    expect(rpc.counts.batches).toBe(0);
    // Nothing twice: the method and the freezer are looked for, and a pulse may be taken.
    expect(rpc.counts.calls).toBeLessThan(350);
  });
});

describe('a filter that lets eth_ alone pass', () => {
  const isForeign = ({ items }: FrontRequest): boolean =>
    items.some(({ method }) => !/^(eth|net)_/.test(method));
  it.each<[string, (request: FrontRequest) => void]>([
    ...[400, 401, 403, 404, 405, 501].map((status): [string, (r: FrontRequest) => void] => [
      `HTTP ${status}`,
      ({ send }) => {
        send(FORBIDDEN_PAGE, status, { 'content-type': 'text/html' });
      },
    ]),
    [
      'one error -32601',
      ({ send, items }) => {
        send(errorObject(-32601, 'no', items[0]!.id));
      },
    ],
    [
      'one error -40100',
      ({ send, items }) => {
        send(errorObject(-40100, 'Unauthorized', items[0]!.id));
      },
    ],
    [
      'a closed connection',
      ({ drop }) => {
        drop();
      },
    ],
    [
      'a page',
      ({ send }) => {
        send(FORBIDDEN_PAGE);
      },
    ],
  ])('and refuses a batch with any other by %s', async (_what, refuse) => {
    const [node, rpc] = await openBehind((request) => {
      const isRefused = isForeign(request);
      if (isRefused) refuse(request);
      return isRefused;
    });
    await expectSurvey(node);
    await expectSurvey(node);
    expect((await node.identity()).clientVersion).toBeUndefined();
    await expectBlocks(node);
    expect(await node.validatorsAt(3n)).toBeUndefined();
    expect(rpc.counts.rawBlocks).toBe(0);
    // The filter is not taken for a limit on batches.
    expect(rpc.counts.calls / rpc.counts.requests).toBeGreaterThan(5);
  });

  it('and begins to do so while blocks are gathered', async () => {
    let isOn = false;
    const [node, rpc] = await openBehind((request) => {
      const isRefused = isOn && isForeign(request);
      if (isRefused) request.send(FORBIDDEN_PAGE, 403);
      return isRefused;
    });
    await expectBlocks(node, 50n);
    const { rawBlocks } = rpc.counts;
    isOn = true;
    await expectBlocks(node);
    expect(rpc.counts.rawBlocks).toBe(rawBlocks);
  });

  it.each([
    [
      'a front end that answers 500',
      (request: FrontRequest) => {
        request.send('Internal Server Error', 500);
      },
    ],
    [
      'a node that answers 500 with an error',
      (request: FrontRequest) => {
        request.send(errorObject(-32603, 'method handler crashed', request.items[0]!.id), 500);
      },
    ],
  ])('%s for one method alone: the other way is used, and remembered', async (_what, refuse) => {
    let asked = 0;
    const [node, rpc] = await openBehind((request) => {
      const isRefused = request.items.some(({ method }) => method.startsWith('debug_'));
      if (isRefused) {
        asked += 1;
        refuse(request);
      }
      return isRefused;
    });
    await expectBlocks(node);
    const before = asked;
    await expectBlocks(node);
    await expectBlocks(node);
    expect(rpc.counts.rawBlocks).toBe(0);
    expect(asked).toBe(before);
  });

  it('500 for a method alone is not remembered for ever', async () => {
    let isBroken = true;
    const clock = new TestClock();
    const [node, rpc] = await openBehind(
      (request) => {
        const isRefused = isBroken && request.items.some(({ method }) => method.startsWith('debug_'));
        if (isRefused) request.send('Internal Server Error', 500);
        return isRefused;
      },
      {},
      clock,
    );
    await expectBlocks(node, 50n);
    isBroken = false;
    await expectBlocks(node, 50n);
    expect(rpc.counts.rawBlocks).toBe(0);
    clock.aheadMs = 11 * 60_000;
    await expectBlocks(node, 50n);
    expect(rpc.counts.rawBlocks).toBeGreaterThan(50);
  });

  it('says that the method does not pass, not that the credentials are wrong', async () => {
    const [node] = await openBehind((request) => {
      const isRefused = isForeign(request);
      if (isRefused) request.send(FORBIDDEN_PAGE, 403);
      return isRefused;
    });
    const error = await rejection(node.exportChain('/f', { start: 0n, end: 1n }));
    expect(error.code).toBe('NODE_AUTH_FAILED');
    const findings = await node.probe({ nowMs: 0 });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
  });
});

describe('what is refused as a whole is named', () => {
  it.each([
    {
      of: 'geth',
      status: 403,
      body: 'invalid host specified\n',
      code: 'NODE_HOST_REFUSED',
      says: /HTTP 403: invalid host/,
    },
    {
      of: 'Besu',
      status: 403,
      body: '{"message":"Host not authorized."}',
      code: 'NODE_HOST_REFUSED',
      says: /Host not auth/,
    },
    {
      of: 'a firewall',
      status: 403,
      body: FORBIDDEN_PAGE,
      code: 'NODE_AUTH_FAILED',
      says: /\(HTTP 403: 403 Forbidden\)/,
    },
    {
      of: 'an expired token',
      status: 200,
      body: errorObject(-40100, 'Unauthorized'),
      code: 'NODE_AUTH_FAILED',
      says: /-40100: Unau/,
    },
    {
      of: 'another service',
      status: 404,
      body: 'no such page',
      code: 'NODE_ANSWER_INVALID',
      says: /HTTP 404: no such page/,
    },
    { of: 'a page', status: 200, body: FORBIDDEN_PAGE, code: 'NODE_ANSWER_INVALID', says: /it is not JSON/ },
  ])('$of: $code', async ({ status, body, code, says }) => {
    const [node] = await openBehind(({ send }) => {
      send(body, status);
      return true;
    });
    const error = await rejection(node.survey([1n]));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(says)]);
  });

  it('a redirect, with where it leads but no key in it', async () => {
    const location = 'https://elsewhere.example/v3/0123456789abcdef0123456789abcdef';
    const [node] = await openBehind(({ send }) => {
      send('', 308, { location });
      return true;
    });
    const error = await rejection(node.survey([1n]));
    expect(error.message).toMatch(
      /redirects elsewhere \(HTTP 308, to https:\/\/elsewhere\.example\/v3\/\*\*\*\)/,
    );
  });

  it('a redirect to an endless place, in words that a manifest can hold', async () => {
    const [node] = await openBehind(({ send }) => {
      send('', 308, { location: `https://elsewhere.example/${'a/'.repeat(5_000)}` });
      return true;
    });
    expect((await rejection(node.survey([1n]))).message.length).toBeLessThan(2_000);
  });

  it('Besu that refuses the token for every item', async () => {
    const [node] = await openBehind(({ items, isBatch, send }) => {
      const answers = items.map(({ id }) => errorObject(-40100, 'Unauthorized', id));
      send(isBatch ? `[${answers.join(',')}]` : answers[0]!);
      return true;
    });
    expect((await rejection(node.survey([1n]))).code).toBe('NODE_AUTH_FAILED');
  });
});
