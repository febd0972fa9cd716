import type { ErrorEntry } from './error-entry.js';

export const AGREEMENT_ERRORS = {
  AGREEMENT_NO_VALIDATORS: {
    meaning: 'The environment has no validator whose word could be taken.',
    hint: 'Register the validators of the chain as nodes with role "validator"; agreement of nobody is refused.',
    retryable: false,
    status: 409,
  },
  AGREEMENT_NO_MONITOR: {
    meaning: 'The environment has no monitor node to take blocks from.',
    hint: 'Register one node with role "monitor".',
    retryable: false,
    status: 409,
  },
  VALIDATOR_UNREACHABLE: {
    meaning: 'A validator gave no usable answer within the time limit.',
    hint: 'Start the node or mend its URL; if it is in maintenance, excuse it until a stated time.',
    retryable: true,
    status: 503,
  },
  VALIDATOR_DIFFERS: {
    meaning: 'A validator confirms another hash than the monitor at a height that is already backed up.',
    hint: 'Compare the named nodes: one of them is on a fork. Heal the network or remove the node that is wrong.',
    retryable: true,
    status: 409,
  },
  VALIDATOR_BEHIND: {
    meaning: 'A validator has not reached the last backed-up block.',
    hint: 'Wait until the node has caught up, or excuse it until a stated time.',
    retryable: true,
    status: 409,
  },
  VALIDATOR_MISSING_HISTORY: {
    meaning: 'A validator does not have the block it was asked for (pruned or snap-synced).',
    hint: 'Use a node that keeps all headers, or remove this one from the validators.',
    retryable: true,
    status: 409,
  },
  NODE_FOREIGN: {
    meaning: 'A node belongs to another chain (other chain id or other genesis).',
    hint: 'Mend the URL of the named node: it answers for a different network.',
    retryable: false,
    status: 409,
  },
  NODE_IDENTITY_UNSTABLE: {
    meaning: 'One URL is answered by different nodes (a load balancer in front of several).',
    hint: 'Register the nodes one by one with their own URLs.',
    retryable: false,
    status: 409,
  },
  NODE_IDENTITY_SHARED: {
    meaning: 'Two validators are the same node; it is counted once.',
    hint: 'Give each validator its own URL.',
    retryable: false,
    status: 409,
  },
  QUORUM_NOT_REACHED: {
    meaning: 'Fewer validators confirm the block than the agreement rule asks for.',
    hint: 'See who departed and where; heal the network or wait for the validators that are behind.',
    retryable: true,
    status: 409,
  },
  MONITOR_STALLED: {
    meaning: 'The monitor is far behind the head that the validators agree on.',
    hint: 'Look at the monitor: it does not follow the chain. Reset it or register another monitor.',
    retryable: true,
    status: 409,
  },
  MONITOR_BEHIND: {
    meaning: 'The monitor has fewer blocks than are already backed up.',
    hint: 'Let the monitor synchronise again; nothing is re-exported and no fork is assumed.',
    retryable: true,
    status: 409,
  },
  MONITOR_UNREACHABLE: {
    meaning: 'The monitor gave no usable answer within the time limit.',
    hint: 'Start the monitor or mend its URL, credentials or certificate.',
    retryable: true,
    status: 503,
  },
  GENESIS_CHANGED: {
    meaning: 'Block 0 is no longer the one that was backed up: this is another chain.',
    hint: 'Create a new environment for the new chain; the old files are kept as they are.',
    retryable: false,
    status: 409,
  },
  VALIDATOR_SET_DIFFERS: {
    meaning:
      'The chain has another number of validators at the end block than are registered (a warning of a run).',
    hint: 'Register the validators that are missing, or remove those that left: agreement asks the registered ones.',
    retryable: false,
    status: 409,
  },
  RANGE_MOVED: {
    meaning: 'The agreed range changed on the node between agreement and export (a reorganisation).',
    hint: 'Nothing to do: the run is repeated; raise min_confirmations if it happens often.',
    retryable: true,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
