import { isCodedError } from '#libs/kernel';

import { LARGE_ANSWERS } from './byte-budget.js';
import { HexStream } from './hex-stream.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import type { ParsedAnswer } from './rpc-answer.js';
import type { SendOptions } from './rpc-transport.js';

export type LargeAnswer = Readonly<{ bytes: Uint8Array; into: HexStream | undefined }>;

type Large = Readonly<{
  label: NodeLabel;
  /** Of the block, not of its text. */
  blockBytesMax: number;
  isHex: boolean;
  timeoutMs: number;
  signal: AbortSignal | undefined;
}>;

/** Around the digits of a block there is little. */
const AROUND_BYTES = 64 * 1024;
/** A block as JSON has two digits a byte, and the names of its fields. */
const JSON_FACTOR = 3;

/**
 * Asks for one block that is larger than an ordinary answer, under the budget of all nodes of the process. Waits for its
 * turn as long as for an answer. Throws as the transport does, `NODE_TIMEOUT` when its turn does not come.
 */
export const sendForLarge = async (
  { label, blockBytesMax, isHex, timeoutMs, signal }: Large,
  send: (options: Pick<SendOptions, 'responseBytesMax' | 'into' | 'isRepeatable'>) => Promise<Uint8Array>,
): Promise<LargeAnswer> => {
  const patience = AbortSignal.timeout(timeoutMs);
  const turn = AbortSignal.any([patience, ...(signal === undefined ? [] : [signal])]);
  const release = await LARGE_ANSWERS.acquire(isHex ? blockBytesMax : Infinity, turn).catch(
    (error: unknown) => {
      if (!patience.aborted) throw error;
      throw nodeError(
        'NODE_TIMEOUT',
        label,
        `had to wait ${timeoutMs} ms for the large answers of other nodes`,
      );
    },
  );
  try {
    const into = isHex ? new HexStream(blockBytesMax) : undefined;
    const responseBytesMax = blockBytesMax * (isHex ? 2 : JSON_FACTOR) + AROUND_BYTES;
    return { bytes: await send({ responseBytesMax, into, isRepeatable: false }), into };
  } catch (error) {
    if (!isCodedError(error) || error.context['node'] !== undefined) throw error;
    throw nodeError(error.code, label, `gave an answer that cannot be used: ${error.message}`);
  } finally {
    release();
  }
};

/** The answer with the result that was read apart from it. */
export const withResult = (answer: ParsedAnswer<Uint8Array>, into: HexStream): ParsedAnswer<Uint8Array> =>
  'refused' in answer
    ? answer
    : answer.map((outcome) =>
        'value' in outcome && into.result.length > 0 ? { value: into.result } : outcome,
      );
