import type { ChainProvider } from '../chain-node.js';

/** What a client turned out to be by its own word; `other` speaks the common methods. */
export type ClientKind = ChainProvider | 'other';

/** GoQuorum calls itself Geth with its own version in brackets: it is looked for first. */
export const clientKind = (version: string): ClientKind => {
  if (/quorum/i.test(version)) return 'quorum';
  if (/^besu/i.test(version)) return 'besu';
  return /^geth/i.test(version) ? 'geth' : 'other';
};

export type ApiNeed = 'raw-blocks' | 'validators';

const CURES: Readonly<Record<ClientKind, Readonly<Record<ApiNeed, string>>>> = {
  geth: {
    'raw-blocks':
      'Start geth with debug among --http.api (--ws.api for WebSocket); its IPC socket offers it always.',
    validators: 'Start geth with clique among --http.api (--ws.api for WebSocket).',
  },
  quorum: {
    'raw-blocks': 'Start GoQuorum with debug among --http.api (--ws.api for WebSocket).',
    validators:
      'Start GoQuorum with istanbul (IBFT, QBFT) or clique among --http.api; Raft has no validators to ask for.',
  },
  besu: {
    'raw-blocks': 'Start Besu 23.1 or newer with DEBUG among --rpc-http-api (--rpc-ws-api for WebSocket).',
    validators: 'Start Besu with QBFT, IBFT or CLIQUE, as its chain is, among --rpc-http-api.',
  },
  other: {
    'raw-blocks': 'Enable the debug API group on the node.',
    validators: 'Enable the API group of its consensus (clique, istanbul, qbft, ibft) on the node.',
  },
};

/** What to do on this client to have what is missing. */
export const apiCure = (kind: ClientKind, need: ApiNeed): string => CURES[kind][need];
