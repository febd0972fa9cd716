import { parentPort } from 'node:worker_threads';
import { sealsOfBlocks, type SealAnswer, type SealQuestion } from './seal-reader.js';

/** A thread of `createSealReader`: whole blocks in, their seals out. */
parentPort?.on('message', (question: SealQuestion) => {
  let answer: SealAnswer;
  try {
    answer = { seals: sealsOfBlocks(question) };
  } catch (error) {
    answer = { failure: String(error) };
  }
  parentPort?.postMessage(answer);
});
