import { parentPort, workerData } from 'node:worker_threads';
import { toCodedError } from '#libs/kernel';
import { changesOf, type ApplyOrder, type ApplyOutcome, type ApplyTask } from './libsql-apply-thread.js';
import { openLibsqlDatabase } from './libsql-database.js';
import { LibsqlReadModelStore } from './libsql.read-model-store.js';

/** The thread of a LibsqlApplyThread. */
const database = await openLibsqlDatabase(workerData as string);
const store = new LibsqlReadModelStore(database);
const kept: ApplyTask[] = [];

/** Tasks that follow each other are written as one: a row that several change is written once. */
const chainsOf = (tasks: readonly ApplyTask[]): readonly (readonly ApplyTask[])[] => {
  const chains: ApplyTask[][] = [];
  for (const task of tasks) {
    const chain = chains.at(-1);
    const before = chain?.at(-1);
    if (before?.projection === task.projection && before.position === task.expected) chain?.push(task);
    else chains.push([task]);
  }
  return chains;
};

const outcomesOf = async (chain: readonly ApplyTask[]): Promise<readonly ApplyOutcome[]> => {
  const [first, last] = [chain[0], chain.at(-1)];
  if (!first || !last) return [];
  const { projection, expected } = first;
  try {
    const changes = chain.flatMap(changesOf);
    const { position, event } = last;
    await store.apply({ projection, expected, position, event, changes });
    return chain.map(() => ({}));
  } catch (error) {
    const { code, message, context } = toCodedError(error);
    return chain.map(() => ({ code, message, context }));
  }
};

/** All at once: the database writes what is asked at one moment in one transaction, in that order. */
const write = async (count: number): Promise<void> => {
  const outcomes = await Promise.all(chainsOf(kept.splice(0, count)).map(outcomesOf));
  parentPort?.postMessage(outcomes.flat());
};

const end = async (): Promise<void> => {
  await database.close();
  parentPort?.close();
};

parentPort?.on('message', (order: ApplyOrder) => {
  if (order === 'end') void end();
  else if ('write' in order) void write(order.write);
  else kept.push(order.keep);
});
