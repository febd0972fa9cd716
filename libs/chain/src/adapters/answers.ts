import { isHash, type Hex } from '#libs/kernel';

import type { Header } from '../chain-node.js';
import { nodeError, type NodeLabel } from '../rpc/node-identity.js';

/** A JSON object of a node whose fields are still to be read. */
export type AnswerObject = Readonly<Record<string, unknown>>;

export const toQuantity = (number: bigint): Hex => `0x${number.toString(16)}`;

/** Reads the fields of an answer strictly; every failure is `NODE_ANSWER_INVALID` and names the node. */
export class AnswerReader {
  private readonly label: NodeLabel;

  constructor(label: NodeLabel) {
    this.label = label;
  }

  object(value: unknown, what: string): AnswerObject {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as AnswerObject;
    return this.fail(what, 'an object');
  }

  quantity(value: unknown, what: string): bigint {
    if (typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value)) return BigInt(value);
    return this.fail(what, 'a hex quantity');
  }

  hash(value: unknown, what: string): Hex {
    const hash = typeof value === 'string' ? value.toLowerCase() : value;
    return isHash(hash) ? hash : this.fail(what, 'a 32-byte hash');
  }

  text(value: unknown, what: string): string {
    return typeof value === 'string' ? value : this.fail(what, 'a text');
  }

  /** A header, which must be the one at `asked` when that is given. */
  header(value: unknown, asked?: bigint): Header {
    const block = this.object(value, 'block');
    const header = {
      number: this.quantity(block['number'], 'number'),
      hash: this.hash(block['hash'], 'hash'),
      parentHash: this.hash(block['parentHash'], 'parentHash'),
    };
    if (asked === undefined || header.number === asked) return header;
    throw nodeError('NODE_ANSWER_INVALID', this.label, `returned block ${header.number} instead of ${asked}`);
  }

  private fail(what: string, expected: string): never {
    throw nodeError('NODE_ANSWER_INVALID', this.label, `gave a ${what} that is not ${expected}`);
  }
}
