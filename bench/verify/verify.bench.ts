/** @proves Offline verification of a chain file, against reading and hashing it in the same run. */
/**
 * Offline verification of a chain file against reading it and its sha256, in one run.
 *
 *     npm run bench -- verify/verify [--blocks 120000] [--rounds 3]
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import {
  BlockJudging,
  checkSegment,
  consensusRules,
  createSealReader,
  parseGenesis,
  readBlockSeals,
  SegmentJudge,
  type Genesis,
  type SealReader,
} from '#libs/archive';

import { gethBinary, prepareChain } from '../gather/geth-chain.js';

const READ_BYTES = 1 << 20;

const option = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};

/** Time on the clock, and of all threads of this process; the second says more where others use the machine too. */
type Spent = Readonly<{ seconds: number; cpuSeconds: number }>;

const spentOn = async (work: () => Promise<void>): Promise<Spent> => {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - startedMs) / 1000, cpuSeconds: (user + system) / 1e6 };
};

const chunksOf = (file: string): AsyncIterable<Uint8Array> =>
  createReadStream(file, { highWaterMark: READ_BYTES });

const readAndDigest = async (file: string): Promise<void> => {
  const hash = createHash('sha256');
  for await (const chunk of chunksOf(file)) hash.update(chunk);
  hash.digest();
};

const check = async (file: string): Promise<void> => {
  await checkSegment(chunksOf(file), {});
};

/** As `chainkeep verify` does it: blocks on this thread, seals on the reader's. */
const checkWithSeals = async (file: string, genesis: Genesis, reader: SealReader): Promise<void> => {
  const judge = new SegmentJudge({ rules: consensusRules(genesis.config) });
  // The file of the generator begins with block 1.
  judge.take(readBlockSeals(genesis.block), 0);
  const judging = new BlockJudging(judge, reader);
  const paced = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunksOf(file)) {
      yield chunk;
      await judging.pace();
    }
  };
  const { end, blocks } = await checkSegment(paced(), {
    onBlock: (_block, raw) => {
      judging.add(raw);
    },
  });
  await judging.finish();
  const { certificate } = judge.result(end.hash);
  if (certificate?.verdict !== 'valid' || certificate.sealed_blocks !== blocks)
    throw new Error('the seals of the chain were not judged right');
};

const main = async (): Promise<void> => {
  const geth = gethBinary();
  if (geth === undefined) throw new Error('there is no geth 1.13.15: name it in CHAINKEEP_GETH');
  const blocks = option('blocks', 120_000);
  const { directory } = prepareChain(geth, blocks);
  const file = join(directory, 'chain.rlp');
  const genesis = parseGenesis(JSON.parse(readFileSync(join(directory, 'genesis.json'), 'utf8')));
  const megabytes = statSync(file).size / 1e6;
  const threads = availableParallelism();
  const readers = [
    ['on the same thread', await createSealReader(0)],
    [`seals on ${threads} threads`, await createSealReader(threads)],
  ] as const;
  console.log(`${blocks} Clique blocks with transactions, ${megabytes.toFixed(0)} MB, ${threads} cores`);
  await readAndDigest(file);
  for (let round = 1; round <= option('rounds', 3); round += 1) {
    const base = await spentOn(() => readAndDigest(file));
    const show = (name: string, { seconds, cpuSeconds }: Spent): void => {
      const rate = `${(blocks / seconds).toFixed(0)} blocks/s`.padStart(16);
      const times = `${(seconds / base.seconds).toFixed(1)} times reading and sha256`;
      const cpu = `CPU ${((cpuSeconds * 1e6) / blocks).toFixed(1)} us a block`;
      const speed = `${(megabytes / seconds).toFixed(0)} MB/s`.padStart(9);
      console.log(`${name.padEnd(40)} ${rate} ${speed}  ${times.padEnd(32)} ${cpu}`);
    };
    show('reading and sha256', base);
    show('verified without certificates', await spentOn(() => check(file)));
    for (const [name, reader] of readers)
      show(`with certificates, ${name}`, await spentOn(() => checkWithSeals(file, genesis, reader)));
  }
  for (const [, reader] of readers) await reader.close();
};

await main();
