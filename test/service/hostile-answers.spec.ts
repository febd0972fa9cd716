/** @proves Whatever a node sends, a process of a small heap outlives it and names the node (SIMULATED nodes). */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server as TcpServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { WebSocketServer } from 'ws';
import { spawnTs } from '../support/programs/run-ts.js';

const MIB = 1024 * 1024;
const HEAP_MIB = 128;
/** A whole process: Node itself takes about 80 MiB, and what one answer may take is bounded. */
const RSS_MIB = 450;

type Sent = Readonly<{ outcomes: readonly string[]; rssMiB: number }>;
type Asked = readonly Readonly<{ id: number; method: string; params: readonly unknown[] }>[];
type Answer = (asked: Asked, response: ServerResponse, isBatch: boolean) => void | Promise<void>;

/** Text that comes as often as is said, or for ever, as long as somebody reads. */
const pour = async (response: ServerResponse, text: string, bytes = Infinity): Promise<void> => {
  const piece = Buffer.from(text.repeat(Math.ceil(MIB / text.length)));
  const closed = once(response, 'close');
  for (let sent = 0; sent < bytes && !response.destroyed; sent += piece.length) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
  }
};

/** Refuses batches, and sends what is large only as the answer to a single question for a block. */
const alone =
  (large: (response: ServerResponse, id: number) => Promise<void>): Answer =>
  async ([first], response, isBatch) => {
    const id = first?.id ?? 0;
    if (!isBatch && first?.method === 'debug_getRawBlock') await large(response, id);
    const [code, message] = isBatch ? [-32600, 'batch too large'] : [-32601, 'the method does not exist'];
    const refusal = { jsonrpc: '2.0', id, error: { code, message } };
    response.end(response.headersSent ? '' : JSON.stringify(isBatch ? [refusal] : refusal));
  };

const block = (bytes: number) =>
  alone(async (response, id) => {
    response.write(`{"jsonrpc":"2.0","id":${id},"result":"0x`);
    await pour(response, 'c0', 2 * bytes);
    response.write('"}');
  });

describe('answers of a hostile node', () => {
  const servers: (Server | TcpServer | WebSocketServer)[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    }
  });

  const serve = async (answer: Answer): Promise<string> => {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Asked | Asked[number];
        response.on('error', () => undefined);
        void answer(Array.isArray(body) ? body : [body as Asked[number]], response, Array.isArray(body));
      });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  const ask = async (question: string, ...urls: string[]): Promise<Sent> => {
    const nodeArgs = [`--max-old-space-size=${HEAP_MIB}`];
    const child = spawnTs('test/support/programs/read-hostile-node-main.ts', {
      args: [question, ...urls],
      nodeArgs,
    });
    let [out, err] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect([code, err]).toEqual([0, '']);
    return JSON.parse(out) as Sent;
  };

  it.each<[string, string, Answer]>([
    [
      'millions of small items',
      'survey',
      async (_asked, response) => {
        await pour(response, '[{},{},{},{}],', 31 * MIB);
        response.end();
      },
    ],
    ['items without end', 'survey', (_asked, response) => pour(response, '{},')],
    ['white space without end', 'survey', (_asked, response) => pour(response, '  \n\t')],
    ['one string without end', 'survey', (_asked, response) => (response.write('["'), pour(response, 'a'))],
    [
      'nothing but brackets',
      'survey',
      async (_asked, response) => {
        await pour(response, '[', 20 * MIB);
        response.end();
      },
    ],
    [
      'a small body that unpacks to a large one',
      'survey',
      (_asked, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(gzipSync(Buffer.alloc(400 * MIB, ' ')));
      },
    ],
    [
      'an error with a text of 30 MB',
      'survey',
      async (asked, response) => {
        response.write(`{"id":${asked[0]?.id ?? 0},"error":{"code":-32000,"message":"`);
        await pour(response, 'x', 30 * MIB);
        response.end('"}}');
      },
    ],
    ['a block above the limit', 'blocks', block(70 * MIB)],
    ['a block without end', 'blocks', block(Infinity)],
    ['a block that is a list of lists', 'blocks', alone((response) => pour(response, '[{},{}],', 40 * MIB))],
  ])('%s', async (_what, question, answer) => {
    const { outcomes, rssMiB } = await ask(question, await serve(answer));
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatch(/^NODE_(ANSWER_TOO_LARGE|ANSWER_INVALID|RPC_ERROR) v0$/);
    expect(rssMiB).toBeLessThan(RSS_MIB);
  });

  it('a set of half a million validators is none', async () => {
    const address = `"0x${'11'.repeat(20)}",`;
    const url = await serve(async (asked, response) => {
      response.write('[');
      for (const [index, { id }] of asked.entries()) {
        response.write(`${index > 0 ? ',' : ''}{"jsonrpc":"2.0","id":${id},"result":[`);
        await pour(response, address, 6 * MIB);
        response.write(`${address.slice(0, -1)}]}`);
      }
      response.end(']');
    });
    const { outcomes, rssMiB } = await ask('validators', url);
    expect(outcomes).toEqual(['validators unknown']);
    expect(rssMiB).toBeLessThan(RSS_MIB);
  });

  it('blocks of 40 MB of four nodes at once are all read, one after another', async () => {
    const urls = await Promise.all([1, 2, 3, 4].map(() => serve(block(40 * MIB))));
    const { outcomes, rssMiB } = await ask('blocks', ...urls);
    for (const outcome of outcomes) expect(outcome).toBe(`bytes ${3 * 40 * MIB}`);
    expect(rssMiB).toBeLessThan(RSS_MIB);
  });

  it('slow bodies of several nodes hold the memory for seconds only, and the honest nodes go on', async () => {
    /** Enough to be taken for a large block, then hardly anything more. */
    const slow = alone(async (response, id) => {
      response.write(`{"jsonrpc":"2.0","id":${id},"result":"0x`);
      await pour(response, 'c0', 34 * MIB);
      while (!response.destroyed) {
        response.write('c0');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
    // The heap of this process leaves room for one large block at a time.
    const urls = [await serve(slow), await serve(slow), await serve(block(40 * MIB))];
    const { outcomes, rssMiB } = await ask('blocks', ...urls);
    expect(outcomes[2]).toBe(`bytes ${3 * 40 * MIB}`);
    expect(outcomes.slice(0, 2)).toEqual(['NODE_TIMEOUT v0', 'NODE_TIMEOUT v1']);
    expect(rssMiB).toBeLessThan(RSS_MIB);
  });

  it('ordinary answers that stop half way give their memory to those that come', async () => {
    const half = async (response: ServerResponse): Promise<void> => {
      response.write('["');
      await pour(response, 'a', 24 * MIB);
    };
    const stalled: Answer = (_asked, response) => half(response);
    const honest: Answer = alone(async (response, id) => {
      response.write(`{"jsonrpc":"2.0","id":${id},"result":"0x`);
      await pour(response, 'c0', 20 * MIB);
      response.write('"}');
    });
    const urls = [await serve(stalled), await serve(stalled), await serve(stalled), await serve(honest)];
    const { outcomes, rssMiB } = await ask('impatient', ...urls);
    expect(outcomes[3]).toBe(`bytes ${3 * 10 * MIB}`);
    expect(outcomes.slice(0, 3)).toEqual(['NODE_TIMEOUT v0', 'NODE_TIMEOUT v1', 'NODE_TIMEOUT v2']);
    expect(rssMiB).toBeLessThan(RSS_MIB);
  });

  it('a message without end over a socket, and a huge one over WebSocket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chainkeep-hostile-'));
    const path = join(folder, 'geth.ipc');
    const piece = Buffer.alloc(MIB, '{"a":[1,2],');
    const socketServer = createTcp((socket) => {
      socket.on('error', () => undefined);
      const fill = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', fill).once('data', fill);
    });
    servers.push(socketServer);
    socketServer.listen(path);
    const webServer = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    servers.push(webServer);
    webServer.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', () => {
        socket.send(Buffer.alloc(200 * MIB, '['));
      });
    });
    await once(webServer, 'listening');
    const url = `ws://127.0.0.1:${(webServer.address() as AddressInfo).port}`;
    try {
      const { outcomes, rssMiB } = await ask('survey', path, url);
      for (const [index, outcome] of outcomes.entries())
        expect(outcome).toMatch(new RegExp(`^NODE_ANSWER_(TOO_LARGE|INVALID) v${index}$`));
      expect(rssMiB).toBeLessThan(RSS_MIB);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
