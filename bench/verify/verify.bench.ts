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
  initCrypto,
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

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
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
  await initCrypto();
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
    const base = await seconds(() => readAndDigest(file));
    const show = (name: string, spent: number): void => {
      const rate = `${(blocks / spent).toFixed(0)} blocks/s`.padStart(17);
      const share = `${(spent / base).toFixed(1)} times reading and sha256`;
      console.log(`${name.padEnd(42)} ${rate}  ${(megabytes / spent).toFixed(0).padStart(5)} MB/s  ${share}`);
    };
    show('reading and sha256', base);
    show('verified without certificates', await seconds(() => check(file)));
    for (const [name, reader] of readers)
      show(`with certificates, ${name}`, await seconds(() => checkWithSeals(file, genesis, reader)));
  }
  for (const [, reader] of readers) await reader.close();
};

await main();
