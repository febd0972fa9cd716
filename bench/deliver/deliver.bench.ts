/** @proves The rate of a backfill to one and to eight targets, against rclone copy in the same run. */
/**
 * A backfill between two real stores against `rclone copy --transfers 16` of the same files in the same run, in rounds
 * that begin with the one and the other in turn, and a backfill of eight targets: time, bytes read of the managed
 * bucket, memory.
 *
 *     export $(node scripts/provide.mjs versitygw rclone) && npm run bench -- deliver/deliver [--files 200]
 *         [--mib 4] [--rounds 4] [--targets 8]
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { rcloneDigests, rcloneEnvironment, rcloneS3 } from '../../test/support/servers/rclone.js';
import {
  makeBucket,
  s3Location,
  startVersitygw,
  type S3Server,
} from '../../test/support/servers/s3-servers.js';
import { pathOfServer } from '../../test/support/servers/server-paths.js';
import { median } from '../median.js';
import { DeliveryWorld } from './delivery-world.js';

const MIB = 1 << 20;
const run = promisify(execFile);
const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const FILES = option('files', 200);
const BYTES = option('mib', 4) * MIB;

/** Of Linux, whose /proc counts in hundredths of a second. */
const TICKS_PER_SECOND = 100;
/** Seconds of processor of a server so far, or of programs that this process ran and that ended (rclone). */
const processorOf = (server?: S3Server): number => {
  const stat = readFileSync(`/proc/${server?.process.pid ?? 'self'}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [own, system, children, childrensSystem] = fields.slice(11) as [number, number, number, number];
  return (server === undefined ? children + childrensSystem : own + system) / TICKS_PER_SECOND;
};

/** What the servers used while something ran. */
const watchServers = (servers: readonly S3Server[]): (() => string) => {
  const before = servers.map(processorOf);
  return () => {
    const used = servers.map((server, at) => (processorOf(server) - (before[at] ?? 0)).toFixed(1));
    return `${used.join(' and ')} s in the two servers`;
  };
};

/** What this process used while something ran: processor, and the highest resident memory beside that before. */
const watchProcess = (): (() => string) => {
  globalThis.gc?.();
  const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
  const before = process.memoryUsage.rss();
  let peak = before;
  const cpu = process.cpuUsage();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 250);
  return () => {
    clearInterval(timer);
    const { user, system } = process.cpuUsage(cpu);
    const used = ((user + system) / 1e6).toFixed(1);
    return `${used} s of processor here; resident ${mib(before)} MiB before, ${mib(peak)} MiB at most`;
  };
};

const rate = (seconds: number, targets = 1): string => {
  const total = (FILES * BYTES * targets) / MIB;
  return `${(total / seconds).toFixed(0)} MiB/s (${total} MiB in ${seconds.toFixed(2)} s)`;
};

const rclone = async (
  from: S3Server,
  fromBucket: string,
  to: S3Server,
): Promise<Readonly<{ seconds: number; processor: string }>> => {
  const bucket = await makeBucket(to.client);
  const places = {
    SRC: rcloneS3(from.endpoint, from.root, fromBucket),
    DST: rcloneS3(to.endpoint, to.root, bucket),
  };
  const env = Object.assign(
    {},
    ...Object.entries(places).map(([name, place]) => rcloneEnvironment(name, place)),
  );
  const startedMs = performance.now();
  const before = processorOf();
  const tuned = ['--transfers', '16', '--checkers', '16', '--s3-no-check-bucket', '--fast-list'];
  await run(pathOfServer('rclone'), ['copy', `src:${fromBucket}`, `dst:${bucket}`, ...tuned], {
    env: env as Record<string, string>,
  });
  const processor = `${(processorOf() - before).toFixed(1)} s of processor there`;
  return { seconds: (performance.now() - startedMs) / 1_000, processor };
};

const main = async (): Promise<void> => {
  const [from, to] = [await startVersitygw(), await startVersitygw()];
  const world = await DeliveryWorld.create();
  try {
    const managed = await makeBucket(from.client);
    await world.environment(s3Location(from.endpoint, from.root, { bucket: managed }));
    await world.history(FILES, BYTES);
    const buckets = new Map<string, string>();
    const addTarget = async (id: string): Promise<void> => {
      const bucket = await makeBucket(to.client);
      buckets.set(id, bucket);
      await world.target(id, s3Location(to.endpoint, to.root, { bucket }));
    };
    const backfill = async (round: number): Promise<number> => {
      const id = `single-${round}`;
      await addTarget(id);
      const [used, servers] = [watchProcess(), watchServers([from, to])];
      const seconds = await world.deliver([id], FILES);
      console.log(`round ${round}: backfill   ${rate(seconds)}; ${servers()}, ${used()}`);
      await world.disable(id);
      return seconds;
    };
    const copy = async (round: number): Promise<number> => {
      const servers = watchServers([from, to]);
      const { seconds, processor } = await rclone(from, managed, to);
      console.log(`round ${round}: rclone     ${rate(seconds)}; ${servers()}, ${processor}`);
      return seconds;
    };
    const ratios: number[] = [];
    for (let round = 1; round <= option('rounds', 4); round += 1) {
      const isFirst = round % 2 === 1;
      const before = isFirst ? 0 : await copy(round);
      const ours = await backfill(round);
      ratios.push((isFirst ? await copy(round) : before) / ours);
    }
    console.log(
      `backfill is ${median(ratios).toFixed(2)} of rclone's rate, digests checked: the median of the rounds ` +
        `(${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    );
    const eight = Array.from({ length: option('targets', 8) }, (_, index) => `eight-${index}`);
    for (const id of eight) await addTarget(id);
    world.objects.take();
    const used = watchProcess();
    const servers = watchServers([from, to]);
    const seconds = await world.deliver(eight, FILES);
    const read = (world.objects.take() / (FILES * BYTES)).toFixed(2);
    console.log(
      `${eight.length} targets: ${rate(seconds, eight.length)}; managed bucket read ${read} times; ${servers()}, ${used()}`,
    );
    const expected = await rcloneDigests(rcloneS3(from.endpoint, from.root, `${managed}/e`));
    for (const [id, bucket] of buckets) {
      const found = await rcloneDigests(rcloneS3(to.endpoint, to.root, `${bucket}/e`));
      for (const [name, digest] of expected) {
        if (found.get(name) !== digest) throw new RangeError(`${id}: ${name} differs`);
      }
    }
    console.log(
      `every file of ${buckets.size} targets has the digest that rclone reads in the managed bucket`,
    );
  } finally {
    await world.close();
    await Promise.all([from.stop(), to.stop()]);
  }
};

await main();
