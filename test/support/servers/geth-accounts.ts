import { createECDH, createHash } from 'node:crypto';
import { computeAddress, encryptKeystoreJsonSync } from 'ethers';

export const PASSWORD = 'pw';
export const CHAIN_ID = 4242;
export const GAS_LIMIT = 30_000_000;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export type Account = Readonly<{ address: string; privateKey: string }>;

/** The signers' accounts, from 1; the same as those of test/tools/cliquegen. */
export const accountOf = (index: number): Account => {
  const privateKey = `0x${sha256(`devnet-account-${index}`)}`;
  return { address: computeAddress(privateKey).toLowerCase(), privateKey };
};

/** The account as a key file of geth's, cheap to open. */
export const keyFileOf = (account: Account): string =>
  encryptKeystoreJsonSync(account, PASSWORD, { scrypt: { N: 2, r: 8, p: 1 } });

/** A node's own key and its name in the network, both functions of the node's name. */
export const identityOf = (name: string): Readonly<{ nodeKey: string; publicKey: string }> => {
  const nodeKey = sha256(`devnet-nodekey-${name}`);
  const ecdh = createECDH('secp256k1');
  ecdh.setPrivateKey(nodeKey, 'hex');
  return { nodeKey, publicKey: ecdh.getPublicKey('hex').slice(2) };
};

/** A Clique genesis sealed by the first `signers` accounts, which also own all ether. */
export const cliqueGenesis = (signers: number, periodSeconds: number): object => {
  const addresses = Array.from({ length: signers }, (_, index) => accountOf(index + 1).address);
  const sorted = addresses.map((address) => address.slice(2)).sort();
  const blocks = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople'];
  const forks = [...blocks, 'petersburg', 'istanbul', 'berlin', 'london'].map((fork) => [`${fork}Block`, 0]);
  return {
    config: {
      chainId: CHAIN_ID,
      ...Object.fromEntries(forks),
      clique: { period: periodSeconds, epoch: 30_000 },
    },
    difficulty: '0x1',
    gasLimit: `0x${GAS_LIMIT.toString(16)}`,
    timestamp: '0x65920080',
    extraData: `0x${'0'.repeat(64)}${sorted.join('')}${'0'.repeat(130)}`,
    alloc: Object.fromEntries(
      addresses.map((address) => [address, { balance: '0x33b2e3c9fd0803ce8000000' }]),
    ),
  };
};
