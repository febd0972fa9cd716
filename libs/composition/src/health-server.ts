import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toCodedError } from '#libs/kernel';
import { METRICS_TYPE, metricsText, type BuildInfo, type Outage } from '#libs/runtime';

/** What a service measures, each with what it means. */
export type Gauges = Readonly<Record<string, Readonly<{ help: string; value: number }>>>;

export type HealthOptions = Readonly<{
  service: string;
  build: BuildInfo;
  host: string;
  port: number;
  /** What keeps the process from working, `undefined` when nothing does. */
  blocked: () => Promise<Outage | undefined>;
}>;

export type HealthServer = Readonly<{
  url: string;
  server: Server;
  /** Requests go to another listener from now on: the service is there and answers for its health itself. */
  handOver: (listener: RequestListener) => void;
  /** What /metrics shows besides the process itself. */
  measures: (gauges: () => Gauges) => void;
  close: () => Promise<void>;
}>;

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
};

/** What /readyz says of an outage: its code, which host is waited for, and since when. */
const unavailable = ({ error, since }: Outage) => ({
  status: 'unavailable',
  code: error.code,
  host: error.context['host'],
  since,
});

const metricsOf = async ({ service, build }: HealthOptions, gauges: Gauges): Promise<string> => {
  const labels = { service };
  const rows = Object.entries(gauges).map(([name, { help, value }]) => ({
    name,
    help,
    labels: ['service'],
    rows: [{ labels, value }],
  }));
  return metricsText({ version: build.version, labels }, rows);
};

type Asked = Readonly<{ path: string; gauges: Gauges }>;

const respond = async (
  options: HealthOptions,
  { path, gauges }: Asked,
  response: ServerResponse,
): Promise<void> => {
  switch (path) {
    case '/livez':
      answer(response, 200, { status: 'ok', ...options.build });
      return;
    case '/readyz': {
      const outage = await options.blocked();
      if (outage === undefined) answer(response, 200, { status: 'ok', ...options.build });
      else answer(response, 503, unavailable(outage));
      return;
    }
    case '/metrics':
      const text = await metricsOf(options, gauges);
      response.writeHead(200, { 'content-type': METRICS_TYPE }).end(text);
      return;
    default:
      answer(response, 404, { status: 'unknown' });
  }
};

/**
 * /livez, /readyz and /metrics of a process, from before it opens anything. They show the build and nothing about the
 * installation but what it waits for.
 */
export const serveHealth = async (options: HealthOptions): Promise<HealthServer> => {
  let gauges = (): Gauges => ({});
  let listener: RequestListener = (request, response) => {
    request.resume();
    const [path = ''] = (request.url ?? '').split('?');
    respond(options, { path, gauges: gauges() }, response).catch((error: unknown) => {
      answer(response, 500, { status: 'unavailable', code: toCodedError(error).code });
    });
  };
  const server = createServer((request, response) => {
    listener(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  return {
    url: `http://${options.host}:${(server.address() as AddressInfo).port}`,
    server,
    measures: (measured) => {
      gauges = measured;
    },
    handOver: (next) => {
      listener = next;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
};
