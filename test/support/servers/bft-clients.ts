import { join } from 'node:path';
import { CHAIN_ID } from './geth-accounts.js';
import type { BftConsensus } from './bft-genesis.js';

/** Where one node of a network is: its files lie in `folder` (`data`, `nodekey`, `genesis.json`, `static-nodes.json`). */
export type BftHome = Readonly<{
  folder: string;
  httpPort: number;
  p2pPort: number;
  seals: boolean;
}>;

/** A client that tests may be given; no registry has one. Each command is a program and its arguments. */
export type BftClient = Readonly<{
  name: string;
  provider: 'quorum' | 'besu';
  /** Path that the environment variable gives, empty without. */
  path: string;
  consensuses: readonly BftConsensus[];
  /** What it asks for in the `config` of a genesis document. */
  config: Readonly<Record<string, unknown>>;
  /** Writes block 0 into the data; `undefined` where the start does. */
  init: (home: BftHome) => readonly string[] | undefined;
  run: (home: BftHome) => readonly string[];
  /** Exports a range of a stopped node; numbers or what stands for them. */
  export: (home: BftHome, file: string, first: string, last: string) => readonly string[];
  /** What it calls the last block of a range that ends with block `last`. */
  lastOf: (last: number) => number;
  /** Imports a file into a stopped node. */
  import: (home: BftHome, file: string) => readonly string[];
}>;

const genesisOf = ({ folder }: BftHome): string => join(folder, 'genesis.json');
const quorumPath = process.env['GOQUORUM_GETH'] ?? '';
const quorumData = ({ folder }: BftHome): string[] => [
  ...['env', 'PRIVATE_CONFIG=ignore'],
  ...[quorumPath, '--datadir', join(folder, 'data')],
];

/** GoQuorum's geth, named by GOQUORUM_GETH. */
export const GOQUORUM: BftClient = {
  name: 'GoQuorum (GOQUORUM_GETH)',
  provider: 'quorum',
  path: quorumPath,
  consensuses: ['qbft', 'ibft'],
  config: { isQuorum: true, txnSizeLimit: 64 },
  init: (home) => [...quorumData(home), 'init', genesisOf(home)],
  run: (home) => [
    ...quorumData(home),
    ...['--nodekey', join(home.folder, 'nodekey'), '--networkid', String(CHAIN_ID)],
    ...['--syncmode', 'full', '--gcmode', 'archive', '--nodiscover', '--nat', 'none'],
    ...['--netrestrict', '127.0.0.0/8', '--port', String(home.p2pPort), '--verbosity', '3'],
    ...['--http', '--http.addr', '127.0.0.1', '--http.port', String(home.httpPort)],
    ...['--http.api', 'eth,net,web3,debug,admin,istanbul', '--ipcdisable', '--cache', '64'],
    ...(home.seals ? ['--mine', '--miner.threads', '1'] : []),
  ],
  export: (home, file, first, last) => [...quorumData(home), 'export', file, first, last],
  lastOf: (last) => last,
  import: (home, file) => [...quorumData(home), 'import', file],
};

const besuHome = process.env['BESU_HOME'] ?? '';
const besuData = (home: BftHome): string[] => [
  ...[
    join(besuHome, 'bin/besu'),
    '--data-path',
    join(home.folder, 'data'),
    '--genesis-file',
    genesisOf(home),
  ],
  ...['--data-storage-format', 'FOREST'],
];

/** An unpacked Besu, named by BESU_HOME. */
export const BESU: BftClient = {
  name: 'Besu (BESU_HOME)',
  provider: 'besu',
  path: besuHome,
  consensuses: ['qbft', 'ibft2'],
  config: {},
  init: () => undefined,
  run: (home) => [
    ...besuData(home),
    ...['--node-private-key-file', join(home.folder, 'nodekey'), '--network-id', String(CHAIN_ID)],
    ...['--sync-mode', 'FULL', '--discovery-enabled', 'false', '--nat-method', 'NONE'],
    ...['--static-nodes-file', join(home.folder, 'static-nodes.json'), '--min-gas-price', '0'],
    ...['--p2p-host', '127.0.0.1', '--p2p-interface', '127.0.0.1', '--p2p-port', String(home.p2pPort)],
    ...['--rpc-http-enabled', '--rpc-http-host', '127.0.0.1', '--rpc-http-port', String(home.httpPort)],
    ...['--rpc-http-api', 'ETH,NET,WEB3,DEBUG,ADMIN,QBFT,IBFT', '--host-allowlist', '*'],
  ],
  export: (home, file, first, last) => [
    ...besuData(home),
    ...['blocks', 'export', '--start-block', first, '--end-block', last, '--to', file],
  ],
  // Its end is exclusive.
  lastOf: (last) => last + 1,
  import: (home, file) => [...besuData(home), 'blocks', 'import', '--from', file],
};
