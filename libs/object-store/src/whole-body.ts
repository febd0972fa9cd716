import { readWhole } from './body.js';
import type { ObjectBody } from './object-store.js';
import { buffers } from './buffer-pool.js';

/**
 * Sends a body whose bytes are all in memory, checked. `send` keeps none of them when it has resolved: the memory is
 * used again.
 */
export const sendWhole = async <Answer>(
  body: ObjectBody,
  send: (bytes: Buffer<ArrayBuffer>) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Answer> => {
  const buffer = buffers.take(body.bytes);
  // After a failure something may still hold it: then it is left to the collector.
  const answer = await send(await readWhole(body, buffer, signal));
  buffers.give(buffer);
  return answer;
};
