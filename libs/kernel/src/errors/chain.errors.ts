import type { ErrorEntry } from './error-entry.js';

export const CHAIN_ERRORS = {
  NODE_UNREACHABLE: {
    meaning: 'A node could not be connected, or the connection broke.',
    hint: 'Start the node or mend its URL, proxy or firewall.',
    retryable: true,
    status: 503,
  },
  NODE_TIMEOUT: {
    meaning: 'A node did not answer within the time limit.',
    hint: 'Look at the load of the node; raise the time limit only if it is always slow.',
    retryable: true,
    status: 504,
  },
  NODE_AUTH_FAILED: {
    meaning: 'A node or the proxy before it refused the credentials or the certificate.',
    hint: 'Mend auth, tls or proxy of the named node.',
    retryable: false,
    status: 502,
  },
  NODE_ANSWER_INVALID: {
    meaning: 'A node sent something that is no valid answer (garbage, a truncated batch, wrong types).',
    hint: 'Look at what stands between Chainkeep and the node; the node is not believed.',
    retryable: true,
    status: 502,
  },
  NODE_ANSWER_TOO_LARGE: {
    meaning: 'An answer is larger than the limit.',
    hint: 'Lower the batch size for this node, or raise its response limit.',
    retryable: true,
    status: 502,
  },
  NODE_METHOD_MISSING: {
    meaning: 'A node does not offer a method that is needed.',
    hint: 'Enable the named API group on the node (for geth: --http.api eth,net,web3,debug).',
    retryable: false,
    status: 502,
  },
  NODE_RPC_ERROR: {
    meaning: 'A node answered a call with an error of its own.',
    hint: 'See the message of the node.',
    retryable: true,
    status: 502,
  },
  NODE_HISTORY_PRUNED: {
    meaning: 'A node does not have the bodies of old blocks.',
    hint: 'Use an archive or full-history node as monitor; another agreed node is tried by itself.',
    retryable: false,
    status: 409,
  },
  NODE_CHAIN_MISMATCH: {
    meaning: 'A node answers for another chain id or genesis than the environment.',
    hint: 'Mend the URL of the node.',
    retryable: false,
    status: 409,
  },
  NODE_URL_INVALID: {
    meaning: 'A node has no usable URL.',
    hint: 'Give an http(s):// or ws(s):// URL, or the path of an IPC socket.',
    retryable: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorEntry>;
