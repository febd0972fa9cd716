import { freePorts } from './free-ports.js';
import { pathOfServer } from './server-paths.js';
import { ServerProcess } from './server-process.js';

export type Toxic = Readonly<{
  type: 'latency' | 'bandwidth' | 'reset_peer' | 'limit_data' | 'timeout';
  attributes: Readonly<Record<string, number>>;
  /** Part of the connections it strikes; all without it. */
  toxicity?: number;
  /** `upstream` is towards the server; from it without one. */
  stream?: 'upstream' | 'downstream';
}>;

/** A line through toxiproxy to a port of this machine, on which things go wrong on request. */
export type ToxicLine = Readonly<{
  endpoint: string;
  add: (toxic: Toxic) => Promise<void>;
  /** Nothing goes wrong from now on. */
  heal: () => Promise<void>;
  /** Cuts every connection and refuses new ones. */
  cut: () => Promise<void>;
}>;

export type Toxiproxy = Readonly<{ line: (port: number) => Promise<ToxicLine>; stop: () => Promise<void> }>;

export const startToxiproxy = async (): Promise<Toxiproxy> => {
  const [port = 0] = await freePorts(1);
  const server = await ServerProcess.start({
    name: 'toxiproxy',
    command: pathOfServer('toxiproxy'),
    port,
    args: () => ['-host', '127.0.0.1', '-port', String(port)],
  });
  const ask = async (method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`toxiproxy: ${method} ${path}: ${answer.status}`);
  };
  const line = async (upstream: number): Promise<ToxicLine> => {
    const [own = 0] = await freePorts(1);
    const name = `line-${own}`;
    const toxics = new Set<string>();
    const proxy = { name, listen: `127.0.0.1:${own}`, upstream: `127.0.0.1:${upstream}`, enabled: true };
    await ask('POST', 'proxies', proxy);
    return {
      endpoint: `http://127.0.0.1:${own}`,
      add: async (toxic) => {
        const toxicName = `${toxic.type}-${toxics.size}`;
        await ask('POST', `proxies/${name}/toxics`, { stream: 'downstream', ...toxic, name: toxicName });
        toxics.add(toxicName);
      },
      heal: async () => {
        for (const toxic of toxics) await ask('DELETE', `proxies/${name}/toxics/${toxic}`);
        toxics.clear();
        await ask('POST', `proxies/${name}`, { ...proxy, enabled: true });
      },
      cut: () => ask('POST', `proxies/${name}`, { ...proxy, enabled: false }),
    };
  };
  return { line, stop: () => server.remove() };
};
