import type { ErrorEntry } from './error-entry.js';

export const AGREEMENT_ERRORS = {
  AGREEMENT_NO_VALIDATORS: {
    meaning: 'The environment has no validators.',
    hint: 'Register at least one node with role "validator": a backup needs a validator to confirm it.',
    retryable: false,
    status: 409,
  },
  AGREEMENT_NO_MONITOR: {
    meaning: 'The environment has no monitor node to read blocks from.',
    hint: 'Register a node with role "monitor".',
    retryable: false,
    status: 409,
  },
  VALIDATOR_UNREACHABLE: {
    meaning: 'A validator did not give a usable answer in time.',
    hint: 'Start the node or correct its URL. If it is down for maintenance, excuse it until a set time.',
    retryable: true,
    fault: 'theirs',
    status: 503,
    wraps: true,
  },
  VALIDATOR_DIFFERS: {
    meaning: 'A validator and the monitor have different hashes for a block that is already backed up.',
    hint: 'Compare the named nodes: one of them is on a fork. Repair that node or remove it.',
    retryable: true,
    status: 409,
  },
  VALIDATOR_DEPARTED: {
    meaning:
      'A node left the agreed chain: from the named block on it holds other blocks (a warning on a run).',
    hint: 'Compare the named node with the others. If it does not return to the chain by itself, repair it.',
    retryable: false,
    status: 409,
  },
  VALIDATOR_BEHIND: {
    meaning: 'A validator has fewer blocks than the backup needs, while others have more.',
    hint: 'Wait until the node has caught up, or excuse it until a set time.',
    retryable: true,
    status: 409,
  },
  VALIDATOR_MISSING_HISTORY: {
    meaning: 'A validator does not have a requested block, because it is pruned or was snap-synced.',
    hint: 'Use a node that keeps all headers, or remove this node from the validators.',
    retryable: true,
    status: 409,
  },
  NODE_FOREIGN: {
    meaning: 'A node belongs to another chain: its chain ID or genesis block is different.',
    hint: 'Correct the URL of the named node: it answers for a different network.',
    retryable: false,
    status: 409,
  },
  NODE_IDENTITY_UNSTABLE: {
    meaning: 'Different nodes answer at the same URL, for example behind a load balancer.',
    hint: 'Register each node with its own URL.',
    retryable: false,
    status: 409,
  },
  NODE_IDENTITY_SHARED: {
    meaning: 'Two validators are the same node, so they count once.',
    hint: 'Give each validator its own URL.',
    retryable: false,
    status: 409,
  },
  NODE_IDENTITY_DUPLICATE: {
    meaning:
      'Two validators claim the identity of one node. A run is recorded only if it holds whether they are one node or two.',
    hint: 'Check both named nodes. If they are one node, set same_as on one of them. If not, one of them copied a node key or lies: give it its own key, or remove it.',
    retryable: true,
    status: 409,
  },
  QUORUM_NOT_REACHED: {
    meaning: 'Fewer validators confirm the block than the agreement rule requires.',
    hint: 'Check in the run which validators disagree and from which block. Repair the network, or wait for the validators that are behind.',
    retryable: true,
    status: 409,
  },
  VALIDATOR_LAGGING: {
    meaning: 'A validator does not reach the block that enough other validators have.',
    hint: 'Check the peers, the disk and the load of the node. Runs back up only what the agreement rule allows.',
    retryable: true,
    status: 409,
  },
  MONITOR_STALLED: {
    meaning: 'The monitor is behind the block that the validators agree on and does not follow.',
    hint: 'Check the peers of the monitor: it does not follow the chain. Restart or reset it, or register another monitor.',
    retryable: true,
    status: 409,
  },
  MONITOR_BEHIND: {
    meaning: 'The monitor has fewer blocks than are already backed up.',
    hint: 'Let the monitor finish synchronizing, then run the backup again. The existing files are safe.',
    retryable: true,
    status: 409,
  },
  MONITOR_UNREACHABLE: {
    meaning: 'The monitor did not give a usable answer in time.',
    hint: 'Start the monitor, or correct its URL, credentials or certificate.',
    retryable: true,
    fault: 'theirs',
    status: 503,
    wraps: true,
  },
  NETWORK_BELOW_BACKUP: {
    meaning:
      'The backup holds blocks that no node has any more. The nodes hold the same chain, up to a lower block.',
    hint: 'If the nodes lost their data, restore them from the backup. If they are still synchronizing, wait. If the network goes on from the lower block, do nothing: when its blocks differ, Chainkeep replaces the files or asks you.',
    retryable: true,
    status: 409,
  },
  SUPERSESSION_PENDING: {
    meaning:
      'The nodes hold another chain than the backup, and its files may not be replaced without an operator.',
    hint: 'Compare both sides as the run shows them. Run "chainkeep decide ENV --supersede --reason TEXT" to replace the files, or "--keep" to keep them.',
    retryable: true,
    status: 409,
  },
  REORG_UNCONFIRMED: {
    meaning: 'The nodes left the backed-up chain, and too few blocks confirm their new one yet.',
    hint: 'No action needed: Chainkeep repeats the run. The files stay as they are until min_confirmations is reached.',
    retryable: true,
    status: 409,
  },
  FINALITY_BROKEN: {
    meaning: 'Validators sealed two different blocks at one height, so the chain has two proved histories.',
    hint: 'Find out why the named validators signed twice. If the network was re-initialized on purpose, run "chainkeep decide ENV --supersede --reason TEXT". To keep the backup as it is, use "--keep".',
    retryable: true,
    status: 409,
  },
  NOTHING_TO_DECIDE: {
    meaning: 'No run of this environment waits for a decision.',
    hint: 'Look at the last run: only SUPERSESSION_PENDING and FINALITY_BROKEN wait for one.',
    retryable: false,
    status: 409,
  },
  GENESIS_CHANGED: {
    meaning: 'Block 0 is not the one that was backed up: this is a different chain.',
    hint: 'Create a new environment for the new chain. The existing files are kept.',
    retryable: false,
    status: 409,
  },
  VALIDATOR_SET_DIFFERS: {
    meaning: 'The validators of the chain are not the ones that are registered (a warning on a run).',
    hint: 'Register the missing validators and remove those that left. Set address on a node whose address is unknown. Chainkeep asks only registered validators to agree.',
    retryable: false,
    status: 409,
  },
  VALIDATORS_BELOW_QUORUM: {
    meaning:
      'Fewer validators were asked than the chain itself needs to agree on a block (a warning on a run). The backup may follow a minority.',
    hint: 'Register more validators of the chain, or end the excuses of those that are excused.',
    retryable: false,
    status: 409,
  },
  BLOCK_OVERDUE: {
    meaning: 'The network has made no block for longer than expected_block_within (a warning on a run).',
    hint: 'Check whether the validators still make blocks. On a chain without empty blocks, raise expected_block_within or turn it off.',
    retryable: false,
    status: 409,
  },
  RANGE_MOVED: {
    meaning:
      'A node changed its chain while it was asked, or between agreement and export: it no longer has the blocks it had.',
    hint: 'No action needed: Chainkeep repeats the run. If this happens often, raise min_confirmations.',
    retryable: true,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
