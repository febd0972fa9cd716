import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toCodedError } from '#libs/kernel';
import { METRICS_TYPE, metricsText, type BuildInfo } from '#libs/runtime';

/** What a service measures, each with what it means. */
export type Gauges = Readonly<Record<string, Readonly<{ help: string; value: number }>>>;

export type HealthOptions = Readonly<{
  service: string;
  build: BuildInfo;
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

const metricsOf = async ({ service, build, gauges }: HealthOptions): Promise<string> => {
  const labels = { service };
  const rows = Object.entries(gauges()).map(([name, { help, value }]) => ({
    name,
    help,
    labels: ['service'],
    rows: [{ labels, value }],
  }));
  return metricsText({ version: build.version, labels }, rows);
};

const respond = async (options: HealthOptions, path: string, response: ServerResponse): Promise<void> => {
  switch (path) {
    case '/livez':
      answer(response, 200, { status: 'ok', ...options.build });
      return;
    case '/readyz': {
      const code = await options.blocked();
      if (code === undefined) answer(response, 200, { status: 'ok', ...options.build });
      else answer(response, 503, { status: 'unavailable', code });
      return;
    }
    case '/metrics':
      const text = await metricsOf(options);
      response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text);
      return;
    default:
      answer(response, 404, { status: 'unknown' });
  }
};

/** /livez, /readyz and /metrics of a service without its own HTTP server. They show the build and nothing about the installation. */
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
