import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openTunnel } from './tunnel.js';

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A proxy that answers the first bytes of each connection, and what they were. */
const aProxy = async (answer: (socket: Socket, head: string) => void) => {
  const heads: string[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      heads.push(bytes.toString('latin1'));
      answer(socket, bytes.toString('latin1'));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: new URL(`http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`), heads };
};
const TO = { host: 'node.invalid', port: 8545 };

describe('a tunnel', () => {
  it('asks the proxy for the host, with its credentials, and carries what follows', async () => {
    const proxy = await aProxy((socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.on('data', (bytes) => socket.write(`echo ${bytes.toString()}`));
    });
    const socket = await openTunnel(proxy.url, TO, 5_000);
    sockets.push(socket);
    const answer = once(socket, 'data');
    socket.resume();
    socket.write('hello');
    expect(String((await answer)[0])).toBe('echo hello');
    expect(proxy.heads[0]).toMatch(/^CONNECT node\.invalid:8545 HTTP\/1\.1\r\n/);
    expect(proxy.heads[0]).toContain(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
  });

  it.each([
    [407, 'NODE_AUTH_FAILED'],
    [401, 'NODE_AUTH_FAILED'],
    [403, 'NODE_UNREACHABLE'],
    [502, 'NODE_UNREACHABLE'],
  ])('that the proxy answers with %i fails with %s', async (status, code) => {
    const { url } = await aProxy((socket) =>
      socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\n\r\nbody`),
    );
    await expect(openTunnel(url, TO, 5_000)).rejects.toMatchObject({ code });
  });

  it('fails when the proxy is silent, hangs up, or is not there', async () => {
    const silent = await aProxy(() => undefined);
    await expect(openTunnel(silent.url, TO, 50)).rejects.toMatchObject({ code: 'NODE_TIMEOUT' });
    const closing = await aProxy((socket) => socket.end());
    await expect(openTunnel(closing.url, TO, 5_000)).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    await expect(openTunnel(new URL('http://127.0.0.1:9'), TO, 5_000)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('keeps what the proxy sent together with its answer', async () => {
    const { url } = await aProxy((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\nearly'));
    const socket = await openTunnel(url, TO, 5_000);
    sockets.push(socket);
    const answer = once(socket, 'data');
    socket.resume();
    expect(String((await answer)[0])).toBe('early');
  });

  it.each([
    ['headers', 'HTTP/1.1 200 OK\r\n', `x-flood: ${'a'.repeat(1_000)}\r\n`],
    ['a status line', 'HTTP/1.1 200 ', 'a'.repeat(1_000)],
    ['no HTTP', '', 'a'.repeat(1_000)],
  ])('gives up on a proxy that floods it with %s', async (_name, start, flood) => {
    let sent = 0;
    let closed: Promise<unknown> | undefined;
    const { url } = await aProxy((socket) => {
      closed = once(socket, 'close');
      socket.write(start);
      const more = (): void => {
        if (socket.destroyed || sent > 50_000_000) return;
        sent += flood.length;
        if (socket.write(flood)) setImmediate(more);
        else socket.once('drain', more);
      };
      more();
    });
    await expect(openTunnel(url, TO, 60_000)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    await closed;
    // What the buffers of two sockets hold beside the limit.
    expect(sent).toBeLessThan(20_000_000);
  });

  it.each([
    ['http://169.254.169.254', 'node.invalid'],
    ['http://127.0.0.1:9', '[fd00:ec2::254]'],
    ['http://127.0.0.1:9', '169.254.169.254'],
    ['http://127.0.0.1:9', 'metadata.google.internal'],
  ])('through %s to %s is refused', async (proxy, host) => {
    const opening = openTunnel(new URL(proxy), { host, port: 80 }, 5_000);
    await expect(opening).rejects.toMatchObject({ code: 'URL_REFUSED' });
  });
});
