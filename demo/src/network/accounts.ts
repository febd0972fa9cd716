import { createHash } from 'node:crypto';
import { Address, createContractAddress, privateToAddress, privateToPublic } from '@ethereumjs/util';
import { CodedError } from '#libs/kernel';

/*
 * Every key here is PUBLIC: it is the SHA-256 of a fixed text, so anybody can sign with it. They are for the demo
 * network on the loopback interface and must never hold anything of value.
 */
const publicDemoKey = (text: string): Uint8Array => createHash('sha256').update(text).digest();

export type DemoNodeId = 'validator-1' | 'validator-2' | 'validator-3' | 'validator-4' | 'monitor';

export const VALIDATOR_IDS = ['validator-1', 'validator-2', 'validator-3', 'validator-4'] as const;
export const NODE_IDS: readonly DemoNodeId[] = [...VALIDATOR_IDS, 'monitor'];

/** One of the four keys that seal. `index` is its place in the ascending order of addresses, which Clique's turns go by. */
export type Signer = Readonly<{ nodeId: DemoNodeId; index: number; key: Uint8Array; address: Address }>;

export const SIGNERS: readonly Signer[] = VALIDATOR_IDS.map((nodeId) => {
  const key = publicDemoKey(`chainkeep-demo-${nodeId}`);
  return { nodeId, key, address: new Address(privateToAddress(key)) };
})
  .sort((one, other) => Buffer.compare(one.address.bytes, other.address.bytes))
  .map((signer, index) => ({ ...signer, index }));

const MEMBERS = 8;

/** Accounts that only receive. Few and fixed, so that the state keeps its size. */
export const RECIPIENTS: readonly Address[] = Array.from(
  { length: MEMBERS },
  (_, index) => new Address(privateToAddress(publicDemoKey(`chainkeep-demo-member-${index + 1}`))),
);

/** The item at `index`, counted round and round. */
export const pick = <T>(list: readonly T[], index: number | bigint): T => {
  const item = list[Number(BigInt(index) % BigInt(list.length))];
  if (item === undefined) throw new CodedError('INTERNAL', 'An item was picked from an empty list.');
  return item;
};

/** Creates the demo contract with its first transaction. */
export const DEPLOYER: Signer = pick(SIGNERS, 0);

/** Storage slots that the demo contract writes in turn. */
export const CONTRACT_SLOTS = 16;

/**
 * Creation code of the demo contract. Its code is: `CALLER PUSH1 0 PUSH1 0 LOG1`, an empty log with the caller as topic, then
 * `NUMBER DUP1 PUSH1 15 AND SSTORE STOP`: the block's number into slot `number mod 16`.
 */
export const CONTRACT_CREATION = Uint8Array.from(
  Buffer.from('600d600c600039600d6000f3' + '3360006000a14380600f165500', 'hex'),
);

export const CONTRACT: Address = createContractAddress(DEPLOYER.address, 0n);

/** The devp2p public key (64 bytes) of a node; only its identity is shown, nothing speaks devp2p. */
export const nodePublicKey = (nodeId: DemoNodeId): Uint8Array =>
  privateToPublic(publicDemoKey(`chainkeep-demo-nodekey-${nodeId}`));
