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
  env: NodeJS.ProcessEnv;
  /** Writes block 0 into the data; `undefined` where the start does. */
  init: (home: BftHome) => readonly string[] | undefined;
  run: (home: BftHome) => readonly string[];
  /** Exports an inclusive range of a stopped node. */
  export: (home: BftHome, file: string, first: number, last: number) => readonly string[];
  /** Imports a file into a stopped node. */
  import: (home: BftHome, file: string) => readonly string[];
}>;

const genesisOf = ({ folder }: BftHome): string => join(folder, 'genesis.json');
const quorumPath = process.env['GOQUORUM_GETH'] ?? '';
const quorumData = ({ folder }: BftHome): string[] => [quorumPath, '--datadir', join(folder, 'data')];

/** GoQuorum's geth, named by GOQUORUM_GETH. */
export const GOQUORUM: BftClient = {
  name: 'GoQuorum (GOQUORUM_GETH)',
  provider: 'quorum',
  path: quorumPath,
  consensuses: ['qbft', 'ibft'],
  config: { isQuorum: true, txnSizeLimit: 64 },
  env: { ...process.env, PRIVATE_CONFIG: 'ignore' },
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
  export: (home, file, first, last) => [...quorumData(home), 'export', file, String(first), String(last)],
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
  env: process.env,
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
  // Its last block is exclusive.
  export: (home, file, first, last) => [
    ...besuData(home),
    ...['blocks', 'export', '--start-block', String(first), '--end-block', String(last + 1), '--to', file],
  ],
  import: (home, file) => [...besuData(home), 'blocks', 'import', '--from', file],
};
