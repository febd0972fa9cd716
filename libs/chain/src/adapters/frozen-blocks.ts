import { joinBlocks, type BlockParts } from '#libs/archive';
import { isCodedError } from '#libs/kernel';

import type { AskOptions, RawBlock } from '../chain-node.js';
import type { CallOptions, RpcClient } from '../rpc/rpc-client.js';
import type { RpcCall, RpcOutcome } from '../rpc/rpc-call.js';

/**
 * Blocks that geth has moved to its freezer (all but the newest 90,000), read as they lie there: header and body, which
 * costs the node half of what `debug_getRawBlock` costs it (ADR 24). Whatever is unusual is left to that method.
 */
export class FrozenBlocks {
  private readonly client: RpcClient;
  /** Blocks below are read here. */
  private below = 0n;

  constructor(client: RpcClient) {
    this.client = client;
  }

  /** Asks how many blocks are frozen. Throws what concerns the node as a whole; an unknown method is none. */
  async look(options: AskOptions): Promise<void> {
    const [outcome] = await this.client.batch([{ method: 'debug_dbAncients', params: [] }], options);
    const count = outcome?.ok === true ? outcome.value : 0;
    this.below = typeof count === 'number' && Number.isSafeInteger(count) ? BigInt(count) : 0n;
  }

  /**
   * The blocks at `numbers`, which ascend; `undefined` when they must be requested in the ordinary way, which is always
   * so after an unusual answer. Throws errors that concern the node as a whole.
   */
  async fetch(numbers: readonly bigint[], options: CallOptions): Promise<readonly RawBlock[] | undefined> {
    const last = numbers.at(-1);
    if (last === undefined || last >= this.below) return undefined;
    const callsOf = (table: 'headers' | 'bodies'): RpcCall[] =>
      numbers.map((number) => ({ method: 'debug_dbAncient', params: [table, Number(number)] }));
    const outcomes = await this.client.batchHex([...callsOf('headers'), ...callsOf('bodies')], options);
    const blocks = joined(outcomes);
    if (blocks === undefined) this.below = 0n;
    return blocks?.map((bytes, index) => ({ number: numbers[index] ?? 0n, bytes }));
  }
}

/** The blocks of headers and as many bodies behind them; `undefined` when a part is missing or is malformed. */
const joined = (outcomes: readonly RpcOutcome<Uint8Array>[]): Uint8Array[] | undefined => {
  const count = outcomes.length / 2;
  const parts: BlockParts[] = [];
  for (let index = 0; index < count; index++) {
    const [header, body] = [outcomes[index], outcomes[count + index]];
    if (header?.ok !== true || body?.ok !== true) return undefined;
    parts.push({ header: header.value, body: body.value });
  }
  try {
    return joinBlocks(parts);
  } catch (error) {
    if (isCodedError(error)) return undefined;
    throw error;
  }
};
