import type { ErrorEntry } from './error-entry.js';

export const CHAIN_ERRORS = {
  NODE_UNREACHABLE: {
    meaning: 'The connection to a node failed or was lost.',
    hint: 'Start the node, or check its URL, the proxy and the firewall.',
    retryable: true,
    fault: 'theirs',
    status: 503,
  },
  NODE_TIMEOUT: {
    meaning: 'A node did not answer in time.',
    hint: 'Check the load on the node. Raise its time limit only if it is always slow.',
    retryable: true,
    fault: 'theirs',
    status: 504,
  },
  NODE_AUTH_FAILED: {
    meaning: 'A node, or the proxy in front of it, rejected the credentials or the certificate.',
    hint: 'Correct the auth, tls or proxy settings of the named node, or let the firewall in front of it pass Chainkeep.',
    retryable: false,
    fault: 'theirs',
    status: 502,
  },
  NODE_HOST_REFUSED: {
    meaning: 'A node does not answer under the host name of its URL.',
    hint: 'Add the host name to the allow list of the node (geth and GoQuorum: --http.vhosts, Besu: --host-allowlist), or use its IP address in the URL.',
    retryable: false,
    fault: 'theirs',
    status: 502,
  },
  NODE_RATE_LIMITED: {
    meaning:
      'A node, or the gateway in front of it, limits how much it may be asked, and waiting did not help.',
    hint: 'Raise the limit for Chainkeep at the gateway, use a node without one, or gather more slowly with CHAINKEEP_GATHER_SHARE.',
    retryable: true,
    fault: 'theirs',
    status: 503,
  },
  NODE_ANSWER_INVALID: {
    meaning: 'A node sent an answer that is not valid: garbage, a truncated batch or wrong types.',
    hint: 'Check what sits between Chainkeep and the node, such as a proxy. The answer was ignored.',
    retryable: true,
    fault: 'theirs',
    status: 502,
  },
  NODE_ANSWER_TOO_LARGE: {
    meaning: 'The answer of a node is larger than the limit.',
    hint: 'The node is at fault, unless blocks of this chain are that large: then raise block_bytes_max of the environment.',
    retryable: true,
    fault: 'theirs',
    status: 502,
  },
  NODE_METHOD_MISSING: {
    meaning: 'A node does not offer an RPC method that Chainkeep needs.',
    hint: 'Enable the named API group on the node (geth: --http.api eth,net,web3,debug), and allow it in the filter or the token in between.',
    retryable: false,
    fault: 'theirs',
    status: 502,
  },
  NODE_RPC_ERROR: {
    meaning: 'A node returned an RPC error.',
    hint: 'See the message from the node.',
    retryable: true,
    fault: 'theirs',
    status: 502,
  },
  NODE_HISTORY_PRUNED: {
    meaning: 'A node no longer has the bodies of old blocks.',
    hint: 'Use an archive node or a full node with all history as the monitor. Meanwhile Chainkeep tries the other agreeing nodes.',
    retryable: false,
    fault: 'theirs',
    status: 409,
  },
  NODE_URL_INVALID: {
    meaning: 'The URL of a node is missing or not valid.',
    hint: 'Use an http(s):// or ws(s):// URL, or the path of an IPC socket.',
    retryable: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorEntry>;
