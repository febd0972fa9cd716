import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toCodedError } from '#libs/kernel';

/** Gauges by name. */
export type Gauges = Readonly<Record<string, number>>;

export type HealthOptions = Readonly<{
  service: string;
  version: string;
  host: string;
  port: number;
  /** The code of what keeps the process from working, `undefined` when nothing does. */
  blocked: () => Promise<string | undefined>;
  gauges: () => Gauges;
}>;

export type HealthServer = Readonly<{ url: string; close: () => Promise<void> }>;

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};

const metricsOf = ({ service, version, gauges }: HealthOptions): string => {
  const rows: Gauges = {
    chainkeep_heap_bytes: process.memoryUsage().heapUsed,
    chainkeep_uptime_seconds: Math.floor(process.uptime()),
    ...gauges(),
  };
  const lines = Object.entries(rows).map(
    ([name, value]) => `# TYPE ${name} gauge\n${name}{service="${service}"} ${value}\n`,
  );
  const info = `chainkeep_info{service="${service}",version="${version}"} 1\n`;
  return `# TYPE chainkeep_info gauge\n${info}${lines.join('')}`;
};

const respond = async (options: HealthOptions, path: string, response: ServerResponse): Promise<void> => {
  switch (path) {
    case '/livez':
      answer(response, 200, { status: 'ok' });
      return;
    case '/readyz': {
      const code = await options.blocked();
      if (code === undefined) answer(response, 200, { status: 'ok' });
      else answer(response, 503, { status: 'unavailable', code });
      return;
    }
    case '/metrics':
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      response.end(metricsOf(options));
      return;
    default:
      answer(response, 404, { status: 'unknown' });
  }
};

/** /livez, /readyz and /metrics of a service that has no HTTP of its own. They tell nothing of the installation. */
export const serveHealth = async (options: HealthOptions): Promise<HealthServer> => {
  const server = createServer((request, response) => {
    request.resume();
    respond(options, request.url ?? '', response).catch((error: unknown) => {
      answer(response, 500, { status: 'unavailable', code: toCodedError(error).code });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
