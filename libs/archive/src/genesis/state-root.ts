import { scalarBytes } from '../bytes.js';
import { keccak256 } from '../crypto/keccak.js';
import { encodeRlp } from '../rlp/writer.js';
import { secureTrieRoot } from '../trie.js';
import { bytesAt, fixedBytesAt, numberAt, objectAt, refuse } from './values.js';

const ADDRESS_BYTES = 20;
const WORD_BYTES = 32;
const ADDRESS = /^(0x)?[0-9a-f]{40}$/i;

const withoutLeadingZeros = (bytes: Uint8Array): Uint8Array => {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
};

/** Slots that hold zero are not stored. */
const storageRoot = (value: unknown, path: string): Uint8Array => {
  const slots = Object.entries(objectAt(value, path)).map(([slot, word]) => ({
    key: fixedBytesAt(slot, `${path} key`, WORD_BYTES),
    value: withoutLeadingZeros(fixedBytesAt(word, `${path}.${slot}`, WORD_BYTES)),
  }));
  return secureTrieRoot(
    slots
      .filter((slot) => slot.value.length > 0)
      .map((slot) => ({ key: slot.key, value: encodeRlp(slot.value) })),
  );
};

const accountValue = (value: unknown, path: string): Uint8Array => {
  const account = objectAt(value, path);
  return encodeRlp([
    scalarBytes(numberAt(account['nonce'], `${path}.nonce`, 64) ?? 0n),
    scalarBytes(numberAt(account['balance'], `${path}.balance`, 256) ?? 0n),
    storageRoot(account['storage'], `${path}.storage`),
    keccak256(bytesAt(account['code'], `${path}.code`)),
  ]);
};

/** The state root of a genesis document's `alloc`: 32 bytes. Accounts without anything are kept, as geth does. */
export const stateRoot = (alloc: unknown): Uint8Array => {
  const accounts = Object.entries(objectAt(alloc, 'alloc')).map(([address, account]) => {
    if (!ADDRESS.test(address)) throw refuse(`alloc key ${address}`, 'is not an address');
    return {
      key: fixedBytesAt(address, 'alloc key', ADDRESS_BYTES),
      value: accountValue(account, `alloc.${address}`),
    };
  });
  if (new Set(accounts.map(({ key }) => Buffer.from(key).toString('hex'))).size !== accounts.length)
    throw refuse('alloc', 'lists an address twice');
  return secureTrieRoot(accounts);
};
