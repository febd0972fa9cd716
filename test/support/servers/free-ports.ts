import { createServer } from 'node:net';

/** Below the range from which the system takes ports of outgoing connections: those would be taken in between. */
const FIRST = 12_000;
const SPAN = 18_000;
const TRIES_MAX = 500;

const isFree = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });

/** Unused ports of 127.0.0.1, for servers that can't take port 0; no two calls of a process share one. */
const given = new Set<number>();
export const freePorts = async (count: number): Promise<number[]> => {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count && tries < TRIES_MAX; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * SPAN);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count) throw new Error(`Only ${ports.length} of ${count} ports are free.`);
  return ports;
};
