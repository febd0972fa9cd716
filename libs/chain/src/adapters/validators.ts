import type { Hex } from '#libs/kernel';

import type { AskOptions } from '../chain-node.js';
import type { RpcClient } from '../rpc/rpc-client.js';
import type { RpcOutcome } from '../rpc/rpc-call.js';
import { toQuantity } from './answers.js';

const METHODS = [
  'clique_getSigners',
  'istanbul_getValidators',
  'qbft_getValidatorsByBlockNumber',
  'ibft_getValidatorsByBlockNumber',
] as const;
type Method = (typeof METHODS)[number];
/** Far more than any consensus of the product bears. */
const VALIDATORS_MAX = 10_000;
const ADDRESS = /^0x[0-9a-f]{40}$/;

/** The validators by whichever method the node offers, which is found by asking for all and remembered. */
export class ValidatorSource {
  private readonly client: RpcClient;
  private knownMethod: Method | undefined;

  constructor(client: RpcClient) {
    this.client = client;
  }

  /** The method that answered last. */
  get method(): string | undefined {
    return this.knownMethod;
  }

  /** The validators in force at a height; `undefined` when the node reports none. Asked again when a chain migrates. */
  async at(number: bigint, options: AskOptions = {}): Promise<readonly Hex[] | undefined> {
    if (this.knownMethod !== undefined) {
      const known = await this.ask([this.knownMethod], number, options);
      if (known !== undefined) return known;
    }
    return this.ask(METHODS, number, options);
  }

  private async ask(
    methods: readonly Method[],
    number: bigint,
    options: AskOptions,
  ): Promise<readonly Hex[] | undefined> {
    const calls = methods.map((method) => ({ method, params: [toQuantity(number)] }));
    const outcomes = await this.client.batch(calls, options);
    for (const [index, outcome] of outcomes.entries()) {
      const addresses = addressesOf(outcome);
      if (addresses === undefined) continue;
      this.knownMethod = methods[index];
      return addresses;
    }
    return undefined;
  }
}

const addressesOf = (outcome: RpcOutcome): readonly Hex[] | undefined => {
  if (!outcome.ok || !Array.isArray(outcome.value)) return undefined;
  if (outcome.value.length === 0 || outcome.value.length > VALIDATORS_MAX) return undefined;
  const addresses = outcome.value.map((item) => String(item).toLowerCase());
  return addresses.every((address) => ADDRESS.test(address)) ? (addresses as Hex[]) : undefined;
};
