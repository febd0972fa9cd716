import { parentPort } from 'node:worker_threads';
import { sealsOfBlocks, type SealAnswer } from './seal-reader.js';

/** A thread of `createSealReader`: whole blocks in, their seals out. */
parentPort?.on('message', (blocks: Uint8Array) => {
  let answer: SealAnswer;
  try {
    answer = { seals: sealsOfBlocks(blocks) };
  } catch (error) {
    answer = { failure: String(error) };
  }
  parentPort?.postMessage(answer);
});
