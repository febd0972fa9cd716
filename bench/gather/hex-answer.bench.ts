/** @proves The time to read a batch of raw blocks, against JSON.parse. */
/** Reading a batch of 250 raw blocks: bytes scanned for the hex against JSON.parse and a decode of each string. */
import { parseHexAnswer, scanHexAnswer } from '#libs/chain/rpc/hex-answer';
import { parseAnswer } from '#libs/chain/rpc/rpc-answer';

const BLOCKS = 250;
const ROUNDS = 400;
const hex = Array.from({ length: 1600 }, (_, index) => ((index * 7 + (index >> 4)) & 15).toString(16)).join(
  '',
);
const answer = Buffer.from(
  `[${Array.from({ length: BLOCKS }, (_, id) => `{"jsonrpc":"2.0","id":${id + 1},"result":"0x${hex}"}`).join(',')}]`,
);
const ids = { first: 1, count: BLOCKS };

const byParsing = (): void => {
  const outcomes = parseAnswer(answer, ids);
  if ('refused' in outcomes) return;
  for (const outcome of outcomes) {
    if ('value' in outcome) Buffer.from((outcome.value as string).slice(2), 'hex');
  }
};
const measure = (name: string, work: () => unknown): void => {
  for (let round = 0; round < 50; round++) work();
  const startedMs = performance.now();
  for (let round = 0; round < ROUNDS; round++) work();
  const micros = ((performance.now() - startedMs) * 1000) / ROUNDS / BLOCKS;
  console.log(`${name.padEnd(28)} ${micros.toFixed(2)} us a block of 800 bytes`);
};

if (scanHexAnswer(answer, ids) === undefined) throw new Error('the fast way does not read its own form');
measure('JSON.parse and decoding', byParsing);
measure('scanning the bytes', () => parseHexAnswer(answer, ids));
