/** @proves Our HTTP connections read bodies straight into place, and reject every unusual answer. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from './http-connection.js';
import { HttpConnections } from './http-connections.js';

const MB = 1 << 20;
const TIMES = { connectTimeoutMs: 240_000, idleTimeoutMs: 240_000, keepMs: 240_000 };
const ordinary = (body: Uint8Array | string, more = ''): Buffer =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${more}\r\n`),
    Buffer.from(body),
  ]);

/** Gets a request's head, the connection it came on, which of all that is (from 1 on), and what came with the head. */
type Script = (request: string, socket: Socket, connection: number, rest: Buffer) => void;

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  server?.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** A server that knows no HTTP: it answers with what the script writes. */
const connectTo = async (script: Script, options: Partial<typeof TIMES & { max: number }> = {}) => {
  const listening = createServer((socket) => {
    sockets.add(socket);
    const connection = sockets.size;
    let head = '';
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [request, rest] = [head.slice(0, end), Buffer.from(head.slice(end + 4), 'latin1')];
      head = '';
      script(request, socket, connection, rest);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`);
  return new HttpConnections(url, options.max ?? 10, { ...TIMES, ...options });
};

const get = (connections: HttpConnections, into?: Buffer, signal?: AbortSignal) =>
  connections.send({ method: 'GET', path: '/b/k', headers: { host: 'h' }, into }, signal);

const readAll = async (answer: HttpAnswer | undefined): Promise<Buffer> => {
  if (answer?.body === undefined) throw new RangeError('There is no body.');
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe('a connection', () => {
  it('reads a body where it is wanted, and is used for the next request', async () => {
    const content = randomBytes(3 * MB);
    const requests: string[] = [];
    const connections = await connectTo((request, socket) => {
      requests.push(request);
      socket.write(ordinary(content));
    });
    const into = Buffer.alloc(4 * MB);
    for (let round = 0; round < 3; round += 1) {
      into.fill(0);
      let at = 0;
      const { body } = (await get(connections, into)) ?? {};
      for await (const chunk of body ?? []) {
        expect([chunk.buffer, chunk.byteOffset]).toEqual([into.buffer, at]);
        at += chunk.byteLength;
      }
      expect(into.subarray(0, at).equals(content)).toBe(true);
    }
    expect(requests).toEqual(Array.from({ length: 3 }, () => 'GET /b/k HTTP/1.1\r\nhost: h'));
    expect(sockets.size).toBe(1);
  });

  it('sends a body, and understands the answer in whatever pieces it comes', async () => {
    const answer = Buffer.concat([
      Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'),
      ordinary('', 'ETag:  "e" \r\nX-A: 1\r\nx-a: 2\r\n'),
    ]);
    const digest = createHash('sha256');
    const body = randomBytes(2 * MB);
    let received = 0;
    const connections = await connectTo((_request, socket, _connection, rest) => {
      socket.removeAllListeners('data');
      const answerSlowly = async (): Promise<void> => {
        for (const byte of answer) {
          socket.write(Buffer.from([byte]));
          await wait(1);
        }
      };
      socket.on('data', (bytes) => {
        digest.update(bytes);
        received += bytes.length;
        if (received === body.length) void answerSlowly();
      });
      socket.unshift(rest);
    });
    const headers = { 'content-length': String(body.length) };
    const got = await connections.send({ method: 'PUT', path: '/k', headers, body });
    expect(got).toEqual({ status: 200, headers: { 'content-length': '0', etag: '"e"', 'x-a': '1, 2' } });
    expect(received).toBe(body.length);
    expect(digest.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
  });

  it('holds little of a body that nobody reads yet', async () => {
    const content = randomBytes(64 * MB);
    let sender: Socket | undefined;
    const connections = await connectTo((_request, socket) => {
      sender = socket;
      socket.write(ordinary(content));
    });
    const answer = await get(connections);
    await wait(300);
    expect(sender?.writableLength).toBeGreaterThan(32 * MB);
    expect((await readAll(answer)).equals(content)).toBe(true);
  });

  it.each([
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx'],
    ['that are no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n'],
    ['with a field that is none', 'HTTP/1.1 200 OK\r\nno field\r\n\r\n'],
    ['that change the protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
    ['with an endless head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(32 << 10)}`],
  ])('rejects answers %s', async (_name, answer) => {
    const connections = await connectTo((_request, socket) => socket.write(answer));
    await expect(get(connections)).rejects.toThrow('given up');
  });

  it.each([
    ['in a framing of its own', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'],
    ['of unknown length', 'HTTP/1.1 200 OK\r\n\r\nx'],
    ['of two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx'],
    ['of an error', 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nerror'],
  ])('gives no body %s, and is not used again', async (_name, answer) => {
    const connections = await connectTo((_request, socket) => socket.write(answer));
    expect((await get(connections))?.body).toBeUndefined();
    expect((await get(connections))?.body).toBeUndefined();
    expect(sockets.size).toBe(2);
  });

  it('is not used again once the server said so, closed it, or sent what nobody asked for', async () => {
    const closed: Promise<unknown>[] = [];
    const connections = await connectTo((_request, socket, connection) => {
      closed.push(once(socket, 'close'));
      if (connection === 1) socket.write(ordinary('a', 'Connection: close\r\n'));
      if (connection === 2) socket.write(ordinary('b'), () => setTimeout(() => socket.end(), 20));
      if (connection === 3) socket.write(ordinary('c'), () => setTimeout(() => socket.write('more'), 20));
      if (connection === 4) socket.write(Buffer.concat([ordinary('d'), Buffer.from('more')]));
      if (connection === 5) socket.write(ordinary('e'));
    });
    for (const letter of 'abcde') {
      expect(String(await readAll(await get(connections)))).toBe(letter);
      if (letter !== 'e') await closed.at(-1);
    }
    expect(sockets.size).toBe(5);
  });

  it('is patient with a server that reads slowly', async () => {
    const idleTimeoutMs = 1_500;
    const body = Buffer.alloc(32 * MB);
    const connections = await connectTo(
      (_request, socket, _connection, rest) => {
        socket.pause().removeAllListeners('data');
        let received = rest.length;
        const startedMs = performance.now();
        const slowly = setInterval(() => {
          // All through twice the time that it may be idle.
          const share = (performance.now() - startedMs) / (2 * idleTimeoutMs);
          for (let piece: Buffer | null = rest; received < share * body.length && piece !== null;) {
            piece = socket.read() as Buffer | null;
            received += piece?.length ?? 0;
          }
          if (received < body.length) return;
          clearInterval(slowly);
          socket.write(ordinary(''));
        }, 4);
      },
      { idleTimeoutMs },
    );
    const headers = { 'content-length': String(body.length) };
    const answer = await connections.send({ method: 'PUT', path: '/k', headers, body });
    expect(answer?.status).toBe(200);
  });

  it('does not wait for a body to be sent that was refused', async () => {
    const connections = await connectTo((_request, socket) => {
      socket.pause();
      socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    });
    const body = Buffer.alloc(32 * MB);
    const put = {
      method: 'PUT',
      path: '/k',
      headers: { 'content-length': String(body.length) },
      body,
    } as const;
    expect((await connections.send(put))?.status).toBe(403);
    expect((await connections.send(put))?.status).toBe(403);
    expect(sockets.size).toBe(2);
  });

  it('tells of a body that was cut', async () => {
    const connections = await connectTo((_request, socket) => {
      socket.end(ordinary(randomBytes(1_000)).subarray(0, 500));
    });
    await expect(readAll(await get(connections, Buffer.alloc(1_000)))).rejects.toThrow();
    await expect(readAll(await get(connections))).rejects.toThrow();
  });

  it('gives up a server that says nothing, and one that nobody reaches', async () => {
    const connections = await connectTo(() => undefined, { idleTimeoutMs: 100 });
    await expect(get(connections)).rejects.toThrow('given up');
    const nobody = new HttpConnections(new URL('http://127.0.0.1:1'), 1, TIMES);
    await expect(get(nobody)).rejects.toThrow('ECONNREFUSED');
    await expect(get(nobody)).rejects.toThrow('ECONNREFUSED');
  });

  it('is closed when the request is aborted, and some time after the last one', async () => {
    const closed: string[] = [];
    const caller = new AbortController();
    const script: Script = (request, socket) => {
      socket.on('close', () => closed.push(request.slice(0, 4)));
      if (request.startsWith('HEAD')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n');
      else caller.abort(new Error('lost the partition'));
    };
    const connections = await connectTo(script, { keepMs: 50 });
    const asked = get(connections, undefined, caller.signal);
    await expect(asked).rejects.toThrow('lost the partition');
    await expect(get(connections, undefined, caller.signal)).rejects.toThrow('lost the partition');
    await connections.send({ method: 'HEAD', path: '/k', headers: {} });
    while (closed.length < 2) await wait(10);
    expect(closed).toEqual(['GET ', 'HEAD']);
  });

  it('is one of so many: a request that finds none is not sent', async () => {
    const connections = await connectTo(
      (_request, socket) => setTimeout(() => socket.write(ordinary('')), 50),
      {
        max: 2,
      },
    );
    const answers = await Promise.all([1, 2, 3].map(() => get(connections)));
    expect(answers.map((answer) => answer?.status)).toEqual([200, 200, undefined]);
    expect((await get(connections))?.status).toBe(200);
  });

  it('takes no header that would end its line', async () => {
    const connections = await connectTo((_request, socket) => socket.write(ordinary('')), { max: 1 });
    const headers = { 'if-match': '"e"\r\nx-amz-acl: public-read' };
    await expect(connections.send({ method: 'GET', path: '/k', headers })).rejects.toThrow(
      'Invalid character',
    );
    expect((await get(connections))?.status).toBe(200);
  });
});
