/** @proves Verified blocks per second from a real geth over HTTP and IPC, against geth export in the same run. */
/**
 * Verified gathering from a real geth against `geth export` of the same range on the stopped node, measured again in
 * each round: what the machine does besides then weighs on both. In a round before them, which is not counted, memory is
 * looked at, which takes time, and the process gets warm as a service is.
 *
 *     CHAINKEEP_GETH=/path/to/geth-1.13.15 node --expose-gc dist/bench/gather/gather.bench.js [--blocks 30000]
 *         [--rounds 3] [--ipc-only] [--http-only]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { gatherSegment, SegmentCollector } from '#libs/chain';
import { createChainNode } from '#libs/chain/adapters/rpc.chain-node';
import { Clock } from '#libs/kernel';

import { median } from '../median.js';
import {
  exportSeconds,
  gethBinary,
  prepareChain,
  startGeth,
  type GethChain,
  type RunningGeth,
} from './geth-chain.js';

class WallClock extends Clock {
  override nowMs(): number {
    return Date.now();
  }
  override sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const heldMiB = async (): Promise<number> => {
  // Buffers are given back by a sweeper after the collection, so one collection is not enough.
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
};

/** Adds up the time that checking and taking in blocks takes. */
class TimedCollector extends SegmentCollector {
  verifyMs = 0;
  override add(bytes: Uint8Array, source: string): ReturnType<SegmentCollector['add']> {
    const startedMs = performance.now();
    const block = super.add(bytes, source);
    this.verifyMs += performance.now() - startedMs;
    return block;
  }
}

type Gathered = Readonly<{
  /** Seconds in which blocks were verified, and in which the sink wrote. */
  verifying: number;
  writing: number;
  seconds: number;
  cpuSeconds: number;
  busy: number;
  /** At 20,000 blocks and at the end, when it was looked at. */
  heldMiB: readonly number[];
}>;

const gather = async (
  url: string,
  { blocks, file, looksAtMemory }: Readonly<{ blocks: number; file: string; looksAtMemory: boolean }>,
): Promise<Gathered> => {
  const node = createChainNode(
    { id: 'bench', endpoint: { url }, provider: 'geth' },
    { clock: new WallClock() },
  );
  const out = await open(file, 'w');
  try {
    const end = BigInt(blocks);
    const { headers } = await node.survey([end]);
    const [found] = headers;
    if (found?.kind !== 'header') throw new Error(`the node has no block ${blocks}`);
    const target = { range: { start: 0n, end }, parentHash: undefined, endHash: found.header.hash };
    const collector = new TimedCollector(target);
    const held: number[] = [];
    let writeMs = 0;
    const cpu = process.cpuUsage();
    const loop = performance.eventLoopUtilization();
    const startedMs = performance.now();
    const sink = {
      write: async ({ last, bytes }: { last: bigint; bytes: Uint8Array }): Promise<void> => {
        const writeStartedMs = performance.now();
        await out.write(bytes);
        writeMs += performance.now() - writeStartedMs;
        if (looksAtMemory && held.length === 0 && last >= 20_000n) held.push(await heldMiB());
      },
    };
    await gatherSegment({ nodes: [node], collector, sink }, { clock: new WallClock(), random: Math.random });
    const seconds = (performance.now() - startedMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const busy = performance.eventLoopUtilization(loop).utilization;
    const times = { verifying: collector.verifyMs / 1000, writing: writeMs / 1000 };
    const cpuSeconds = (user + system) / 1e6;
    if (looksAtMemory) held.push(await heldMiB());
    return { seconds, cpuSeconds, busy, ...times, heldMiB: held };
  } finally {
    await out.close();
    await node.close();
  }
};

/** Where the elapsed time went: our thread works or waits for the node; writing overlaps with both. */
const sharesOf = ({ seconds, busy, verifying, writing }: Gathered): string => {
  const percent = (part: number): string => `${((100 * part) / seconds).toFixed(0)} %`;
  const working = busy * seconds;
  return (
    `                   of the time: waiting for the node ${percent(seconds - working)}, transfer (sockets, ` +
    `hex) ${percent(working - verifying)}, verification ${percent(verifying)}; writing under way ${percent(writing)}`
  );
};

type Transport = 'http' | 'ipc';

/** What all rounds use. */
type Bench = Readonly<{
  chain: GethChain;
  directory: string;
  exported: string;
  transports: readonly Transport[];
}>;

type Measured = Readonly<{
  node: RunningGeth;
  transport: Transport;
  /** Seconds of `geth export`. */
  baseline: number;
  looksAtMemory: boolean;
}>;

/** Gathers over one transport and prints the figures; returns the speed as a share of that of `geth export`. */
const measure = async (
  { chain, directory, exported }: Bench,
  { node, transport, baseline, looksAtMemory }: Measured,
): Promise<number> => {
  const count = chain.blocks + 1;
  const file = join(directory, `${transport}.rlp`);
  const gethCpu = node.cpuSeconds();
  const { blocks } = chain;
  const url = transport === 'ipc' ? node.ipcPath : node.httpUrl;
  const result = await gather(url, { blocks, file, looksAtMemory });
  const perBlock = (seconds: number): string => ((seconds * 1e6) / count).toFixed(1);
  const ratio = baseline / result.seconds;
  console.log(
    `gather over ${transport.padEnd(4)}   ${(count / result.seconds).toFixed(0)} blocks/s, ` +
      `${ratio.toFixed(2)} of geth export; CPU ${perBlock(result.cpuSeconds)} us a block, ` +
      `geth ${perBlock(node.cpuSeconds() - gethCpu)} us; thread ${(result.busy * 100).toFixed(0)} % busy`,
  );
  if (looksAtMemory)
    console.log(
      `                   heap and external, MiB: ${result.heldMiB.map((held) => held.toFixed(1)).join(' at 20,000, ')} at the end`,
    );
  console.log(sharesOf(result));
  const isSame = readFileSync(file).equals(readFileSync(exported));
  if (!isSame) throw new Error(`the file gathered over ${transport} differs from geth export`);
  return ratio;
};

/** `geth export` on the stopped node, then gathering from it, one after the other under the same conditions. */
const runRound = async (bench: Bench, looksAtMemory: boolean): Promise<readonly number[]> => {
  const { chain, exported, transports } = bench;
  const baseline = exportSeconds(chain, exported);
  console.log(
    `geth export        ${((chain.blocks + 1) / baseline).toFixed(0)} blocks/s (${baseline.toFixed(2)} s)`,
  );
  const node = await startGeth(chain);
  try {
    const ratios: number[] = [];
    for (const transport of transports)
      ratios.push(await measure(bench, { node, transport, baseline, looksAtMemory }));
    return ratios;
  } finally {
    await node.stop();
    rmSync(exported);
  }
};

const main = async (): Promise<void> => {
  const geth = gethBinary();
  if (geth === undefined) throw new Error('there is no geth 1.13.15: name it in CHAINKEEP_GETH');
  const chain = prepareChain(geth, option('blocks', 120_000));
  const directory = mkdtempSync(join(tmpdir(), 'chainkeep-bench-'));
  const excluded = (transport: Transport): boolean =>
    process.argv.includes(transport === 'http' ? '--ipc-only' : '--http-only');
  const transports = (['http', 'ipc'] as const).filter((transport) => !excluded(transport));
  const bench = { chain, directory, exported: join(directory, 'export.rlp'), transports };
  try {
    const rounds: (readonly number[])[] = [];
    console.log('not counted: memory is looked at, the process gets warm');
    await runRound(bench, true);
    for (let round = 1; round <= option('rounds', 3); round++) {
      console.log(`round ${round}`);
      rounds.push(await runRound(bench, false));
    }
    console.log('every file is byte for byte what geth export wrote');
    for (const [index, transport] of transports.entries()) {
      const ratios = rounds.map((round) => round[index] ?? NaN);
      console.log(
        `median over ${transport.padEnd(4)}   ${median(ratios).toFixed(2)} of geth export, each round against its own export ` +
          `(${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
      );
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

await main();
