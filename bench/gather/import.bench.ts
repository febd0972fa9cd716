/** @proves How much gathering delays the import of new blocks on the monitor it reads from. */
/**
 * What gathering does to the node it reads from: how long the monitor of a real Clique network takes to import each new
 * block, idle and while its chain is gathered over and over.
 *
 *     CHAINKEEP_GETH=/path/to/geth-1.13.15 node dist/bench/gather/import.bench.js [--seconds 60] [--blocks 30000]
 *
 * Three signers seal a block a second on top of a prepared chain; the monitor follows. Two figures a block: the import
 * itself, as geth logs it, and the time from the seal on a signer to the end of the import on the monitor.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { gatherSegment, SegmentCollector } from '#libs/chain';
import { createChainNode } from '#libs/chain/adapters/rpc.chain-node';
import { SystemClock } from '#libs/runtime';

import { freePorts } from '../../test/support/servers/free-ports.js';
import { cliqueGenesis } from '../../test/support/servers/geth-accounts.js';
import { GethNode } from '../../test/support/servers/geth-node.js';
import { gethBinary, prepareChain, type GethChain } from './geth-chain.js';

const SIGNERS = 4;
const SEAL_MS = 120_000;
const RUNNING = ['v1', 'v2', 'v3', 'monitor'];
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};

const createNode = async (folder: string, name: string, chain: GethChain): Promise<GethNode> => {
  const [httpPort = 0, p2pPort = 0, authPort = 0] = await freePorts(3);
  const own = join(folder, name);
  mkdirSync(own);
  const signer = name === 'monitor' ? undefined : Number(name.slice(1));
  const node = new GethNode({
    ...{ binary: chain.geth, name, folder: own, genesisFile: join(folder, 'genesis.json') },
    ...{ httpPort, p2pPort, authPort },
    ...(signer === undefined ? {} : { signer }),
  });
  cpSync(join(chain.dataDirectory, 'geth'), join(own, 'd', 'geth'), { recursive: true });
  await node.init();
  return node;
};

/** Lines of a geth log as [ms of the day, text]. */
const logOf = (folder: string, name: string): (readonly [number, string])[] =>
  readFileSync(join(folder, name, 'geth.log'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const at = /\[\d\d-\d\d\|(\d\d):(\d\d):(\d\d\.\d{3})\]/.exec(line);
      if (at === null) return [];
      return [[(Number(at[1]) * 3600 + Number(at[2]) * 60 + Number(at[3])) * 1000, line] as const];
    });
const numberIn = (line: string): number => Number(/number=([\d,]+)/.exec(line)?.[1]?.replaceAll(',', ''));
const UNITS: Readonly<Record<string, number>> = { µs: 0.001, us: 0.001, ms: 1, s: 1000 };
const elapsedIn = (line: string): number => {
  const [, value, unit = 'ms'] = /elapsed="?([\d.]+)(µs|us|ms|s)/.exec(line) ?? [];
  return Number(value) * (UNITS[unit] ?? 1);
};

type Latency = Readonly<{ number: number; importMs: number; arrivalMs: number }>;

const latencies = (folder: string): Latency[] => {
  const sealed = new Map<number, number>();
  for (const name of RUNNING.slice(0, -1)) {
    for (const [ms, line] of logOf(folder, name)) {
      if (line.includes('Successfully sealed new block')) sealed.set(numberIn(line), ms);
    }
  }
  return logOf(folder, 'monitor').flatMap(([ms, line]) => {
    if (!line.includes('Imported new chain segment')) return [];
    const number = numberIn(line);
    const at = sealed.get(number);
    if (at === undefined || !line.includes('blocks=1 ')) return [];
    return [{ number, importMs: elapsedIn(line), arrivalMs: ms - at }];
  });
};

const quantile = (values: readonly number[], share: number): string => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(1);
};
const report = (what: string, found: readonly Latency[]): void => {
  const show = (of: (latency: Latency) => number): string => {
    const values = found.map(of);
    return `median ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms`;
  };
  console.log(
    `${what.padEnd(28)} ${found.length} blocks; import ${show(({ importMs }) => importMs)}; ` +
      `from seal to imported ${show(({ arrivalMs }) => arrivalMs)}`,
  );
};

/** Gathers the prepared chain over and over; resolves with blocks a second. */
const gatherFor = async (url: string, blocks: number, { ms, share }: { ms: number; share: number }) => {
  const clock = new SystemClock();
  const node = createChainNode({ id: 'bench', endpoint: { url }, provider: 'geth' }, { clock });
  const [found] = (await node.survey([BigInt(blocks)])).headers;
  if (found?.kind !== 'header') throw new Error(`the node has no block ${blocks}`);
  const started = Date.now();
  let gathered = 0;
  while (Date.now() - started < ms) {
    const range = { start: 0n, end: BigInt(blocks) };
    const collector = new SegmentCollector({ range, parentHash: undefined, endHash: found.header.hash });
    const sink = {
      write: ({ blocks: count }: { blocks: number }): void => {
        gathered += count;
      },
    };
    await gatherSegment(
      { nodes: [node], collector, sink, shareOf: () => share },
      { clock, random: Math.random },
    );
  }
  await node.close();
  return (gathered * 1000) / (Date.now() - started);
};

const main = async (): Promise<void> => {
  const geth = gethBinary();
  if (geth === undefined) throw new Error('there is no geth 1.13.15: name it in CHAINKEEP_GETH');
  const blocks = option('blocks', 30_000);
  const ms = option('seconds', 60) * 1000;
  const chain = prepareChain(geth, blocks);
  const folder = mkdtempSync(join(tmpdir(), 'ckb-'));
  const nodes: GethNode[] = [];
  try {
    writeFileSync(join(folder, 'genesis.json'), JSON.stringify(cliqueGenesis(SIGNERS, 1)));
    for (const name of RUNNING) nodes.push(await createNode(folder, name, chain));
    for (const node of nodes) await node.start(nodes);
    for (const node of nodes) await node.seal();
    const monitor = nodes.at(-1);
    if (monitor === undefined) return;
    const head = async (): Promise<number> => (await monitor.head()).number;
    const patience = Date.now() + SEAL_MS;
    while ((await head()) < blocks + 5) {
      if (Date.now() > patience) throw new Error('the network does not seal');
      await later(500);
    }
    const phase = async (what: string, work: () => Promise<string>): Promise<void> => {
      const first = await head();
      const said = await work();
      const last = await head();
      await later(500);
      report(
        `${what}${said}`,
        latencies(folder).filter(({ number }) => number > first && number <= last),
      );
    };
    await phase('idle', async () => {
      await later(ms);
      return '';
    });
    for (const share of [1, 0.25]) {
      await phase(`gathered, share ${share}`, async () => {
        const perSecond = await gatherFor(monitor.url, blocks, { ms, share });
        return ` (${perSecond.toFixed(0)} blocks/s)`;
      });
    }
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
};

await main();
