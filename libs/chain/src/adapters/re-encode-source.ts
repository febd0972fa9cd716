import type { AskOptions } from '../chain-node.js';
import { isCodedError } from '#libs/kernel';

import { checkFrom } from '../check-from.js';
import { nodeError, type NodeLabel } from '../rpc/node-identity.js';
import type { CallOptions, RpcClient } from '../rpc/rpc-client.js';
import type { RpcCall } from '../rpc/rpc-call.js';
import { AnswerReader, toQuantity, type AnswerObject } from './answers.js';
import { fetchedBlock, type FetchedBlocks } from './fetched-block.js';
import { reEncodeBlock } from './re-encode.js';
import { valueOf } from './survey.js';

/**
 * Blocks of a node without the debug API, encoded from their JSON and each proved by the hash that the node
 * states. A block that did not come has no bytes. Throws checkBlock's errors naming the node.
 */
export const reEncodeBlocks = async (
  client: RpcClient,
  numbers: readonly bigint[],
  options: CallOptions,
): Promise<FetchedBlocks> => {
  const outcomes = await client.batch(
    numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [toQuantity(number), true] })),
    { ...options, isBlock: true },
  );
  const reader = new AnswerReader(client.label);
  const answers = outcomes.map((outcome) => (outcome.ok ? outcome.value : null));
  const uncles = await fetchUncles(client, numbers, answers, options);
  return numbers.map((number, index) => {
    const [answer, outcome] = [answers[index], outcomes[index]];
    if (outcome?.ok === false) return fetchedBlock(number, outcome);
    if (answer === null) return { number, bytes: new Uint8Array() };
    const { hash } = reader.header(answer, number);
    const bytes = encoded(client.label, answer as AnswerObject, uncles.get(number) ?? []);
    checkFrom(bytes, { number, hash, source: client.label.id });
    return { number, bytes };
  });
};

const encoded = (label: NodeLabel, block: AnswerObject, uncles: readonly AnswerObject[]): Uint8Array => {
  try {
    return reEncodeBlock(block, uncles);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw nodeError(error.code, label, `gave a block that is not one: ${error.message.replace(/\.$/, '')}`);
  }
};

/** No chain has more in a block. */
const UNCLES_MAX = 2;

const fetchUncles = async (
  client: RpcClient,
  numbers: readonly bigint[],
  answers: readonly unknown[],
  options: AskOptions,
): Promise<ReadonlyMap<bigint, readonly AnswerObject[]>> => {
  const calls: (RpcCall & { readonly of: bigint })[] = [];
  for (const [index, number] of numbers.entries()) {
    const hashes = (answers[index] as AnswerObject | null)?.['uncles'];
    const count = Array.isArray(hashes) ? hashes.length : 0;
    if (count > UNCLES_MAX)
      throw nodeError('NODE_ANSWER_INVALID', client.label, `gave block ${number} ${count} uncles`);
    for (let uncle = 0; uncle < count; uncle++) {
      const params = [toQuantity(number), toQuantity(BigInt(uncle))];
      calls.push({ method: 'eth_getUncleByBlockNumberAndIndex', params, of: number });
    }
  }
  const found = new Map<bigint, AnswerObject[]>();
  if (calls.length === 0) return found;
  const requests = calls.map(({ method, params }) => ({ method, params }));
  const outcomes = await client.batch(requests, options);
  const reader = new AnswerReader(client.label);
  for (const [index, call] of calls.entries()) {
    const uncle = reader.object(valueOf(outcomes[index]), 'uncle block');
    found.set(call.of, [...(found.get(call.of) ?? []), uncle]);
  }
  return found;
};
