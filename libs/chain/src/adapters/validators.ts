import type { Hex } from '#libs/kernel';

import type { AskOptions } from '../chain-node.js';
import type { RpcClient } from '../rpc/rpc-client.js';
import { toQuantity } from './answers.js';

const METHODS = [
  'clique_getSigners',
  'istanbul_getValidators',
  'qbft_getValidatorsByBlockNumber',
  'ibft_getValidatorsByBlockNumber',
];
const ADDRESS = /^0x[0-9a-f]{40}$/;

/** The validators in force at a height by whichever consensus the node runs; `undefined` when it offers none. */
export const validatorsAt = async (
  client: RpcClient,
  number: bigint,
  options: AskOptions = {},
): Promise<readonly Hex[] | undefined> => {
  const outcomes = await client.batch(
    METHODS.map((method) => ({ method, params: [toQuantity(number)] })),
    options,
  );
  for (const outcome of outcomes) {
    const addresses = outcome.ok ? toAddresses(outcome.value) : undefined;
    if (addresses) return addresses;
  }
  return undefined;
};

const toAddresses = (value: unknown): readonly Hex[] | undefined => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const addresses = value.map((item) => String(item).toLowerCase());
  return addresses.every((address) => ADDRESS.test(address)) ? (addresses as Hex[]) : undefined;
};
