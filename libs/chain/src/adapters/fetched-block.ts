import type { CodedError } from '#libs/kernel';

import type { RawBlock } from '../chain-node.js';
import type { RpcOutcome } from '../rpc/rpc-call.js';

/** A block that did not come has no bytes, and the node's error where it gave one. */
export type FetchedBlock = RawBlock & Readonly<{ error?: CodedError }>;
export type FetchedBlocks = readonly FetchedBlock[];

/** Whether a block without bytes is gone is for its reader to find out. Throws what concerns the node as a whole. */
export const fetchedBlock = (number: bigint, outcome: RpcOutcome<Uint8Array>): FetchedBlock => {
  if (outcome.ok) return { number, bytes: outcome.value };
  if (outcome.error.code !== 'NODE_RPC_ERROR') throw outcome.error;
  return { number, bytes: new Uint8Array(), error: outcome.error };
};
