import type { PutCondition, PutResult } from '../../object-store.js';
import { holds } from '../conditions.js';
import { isRefusal, wasRepeated } from './s3-answers.js';
import type { S3Connection } from './s3-connection.js';
import { headS3Object } from './s3-head.js';
import { holdsBytes, type Expected } from './s3-proof.js';

export type S3Write = Readonly<{
  key: string;
  expected: Expected;
  condition: PutCondition;
  signal: AbortSignal | undefined;
}>;

/** Did one of the tries of a write get no answer? */
export type Tries = { isOneLost: boolean };

/** Runs a write unless its condition fails already, and turns the store's refusal into what is there. */
export const conditionally = async <T extends PutResult | undefined>(
  connection: S3Connection,
  { key, expected, condition, signal }: S3Write,
  write: (tries: Tries) => Promise<T>,
): Promise<T | PutResult> => {
  signal?.throwIfAborted();
  if (condition !== 'always') {
    // Asked first, so that a refusal does not cost a transfer.
    const object = await headS3Object(connection, key, signal);
    if (!holds(condition, object)) return { outcome: 'refused', object };
  }
  const tries: Tries = { isOneLost: false };
  try {
    return await write(tries);
  } catch (error) {
    if (!isRefusal(error, condition)) throw error;
    const object = await headS3Object(connection, key, signal);
    // The answer to a first try was lost: what the second one met is our own object.
    const isOurs =
      (tries.isOneLost || wasRepeated(error)) &&
      object !== undefined &&
      (await holdsBytes(connection, object, { expected, signal }));
    return isOurs ? { outcome: 'stored', object } : { outcome: 'refused', object };
  }
};
