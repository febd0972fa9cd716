import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CodedError } from '#libs/kernel';
import type { Curve } from '../crypto/recover.js';
import { createBlockSplitter } from '../segment/block-splitter.js';
import { readBlockSeals, type BlockSeals } from './block-seals.js';

/** Reads the seals of whole blocks, one after another. Signatures cost 50 us each: the rest of a block costs less. */
export type SealReader = Readonly<{
  /** `blocks` are whole blocks without a gap; their bytes are copied. Answers come in any order. */
  read: (blocks: Uint8Array, curve: Curve) => Promise<readonly BlockSeals[]>;
  /** How many calls are worth having in progress. */
  lanes: number;
  close: () => Promise<void>;
}>;

/** The seals of whole blocks, on this thread. */
export const sealsOfBlocks = ({ blocks, curve }: SealQuestion): readonly BlockSeals[] =>
  [...createBlockSplitter().push(blocks)].map(({ bytes }) => readBlockSeals(bytes, curve));

type Task = Readonly<{
  resolve: (seals: readonly BlockSeals[]) => void;
  reject: (error: unknown) => void;
}>;

export type SealQuestion = Readonly<{ blocks: Uint8Array; curve: Curve }>;
export type SealAnswer = Readonly<{ seals?: readonly BlockSeals[]; failure?: string }>;

/** One thread; it answers in the order it is asked. */
class SealThread {
  private readonly worker: Worker;
  private readonly tasks: Task[] = [];

  constructor(url: URL) {
    this.worker = new Worker(url);
    this.worker.unref();
    this.worker.on('message', ({ seals, failure }: SealAnswer) => {
      const task = this.tasks.shift();
      if (seals !== undefined) task?.resolve(seals);
      else task?.reject(new CodedError('INTERNAL', `Seals could not be read: ${failure ?? 'no answer'}`));
    });
    this.worker.on('error', (error) => {
      for (const task of this.tasks.splice(0)) task.reject(error);
    });
  }

  get waiting(): number {
    return this.tasks.length;
  }

  read(question: SealQuestion): Promise<readonly BlockSeals[]> {
    return new Promise((resolve, reject) => {
      this.tasks.push({ resolve, reject });
      // While a caller waits, the process must not end.
      this.worker.ref();
      this.worker.postMessage(question);
    }).finally(() => {
      if (this.tasks.length === 0) this.worker.unref();
    }) as Promise<readonly BlockSeals[]>;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

const ON_THIS_THREAD: SealReader = {
  read: (blocks, curve) => Promise.resolve(sealsOfBlocks({ blocks, curve })),
  lanes: 1,
  close: () => Promise.resolve(),
};

/**
 * Reads seals on separate threads; with `threads` 0, or where the code is not compiled (tests run from the sources),
 * on this one.
 */
export const createSealReader = async (threads = availableParallelism()): Promise<SealReader> => {
  if (threads === 0 || !import.meta.url.endsWith('.js')) return ON_THIS_THREAD;
  const url = new URL('./seal-worker.js', import.meta.url);
  const all = Array.from({ length: threads }, () => new SealThread(url));
  return {
    read: (blocks, curve) => all.reduce((a, b) => (b.waiting < a.waiting ? b : a)).read({ blocks, curve }),
    lanes: 2 * threads,
    close: async () => {
      await Promise.all(all.map((thread) => thread.close()));
    },
  };
};
