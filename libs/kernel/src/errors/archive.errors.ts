import type { ErrorEntry } from './error-entry.js';

export const ARCHIVE_ERRORS = {
  RLP_INVALID: {
    meaning: 'The bytes are not canonical RLP.',
    hint: 'The file or the answer of the node is damaged. Get it again from another source.',
    retryable: false,
    status: 422,
  },
  BLOCK_INVALID: {
    meaning: 'The data is not a valid block.',
    hint: 'The node or the file is damaged. Get the block from another source.',
    retryable: false,
    status: 422,
  },
  BLOCK_HASH_MISMATCH: {
    meaning: 'The hash of a block is not the expected one.',
    hint: 'Do not trust the named node or file. Compare it with the others.',
    retryable: false,
    status: 422,
  },
  BLOCK_PARENT_MISMATCH: {
    meaning: 'A block does not link to the one before it.',
    hint: 'During a backup, no action is needed: Chainkeep repeats the run. In a file, the copy is damaged: use another copy.',
    retryable: false,
    status: 422,
  },
  BLOCK_NUMBER_MISMATCH: {
    meaning: 'A block has a different number than expected.',
    hint: 'Do not trust the named node or file. Get the block from another source.',
    retryable: false,
    status: 422,
  },
  TRANSACTIONS_ROOT_MISMATCH: {
    meaning: 'The transactions of a block do not match the root in its header.',
    hint: 'Do not trust the named node or file. Compare it with the others.',
    retryable: false,
    status: 422,
  },
  UNCLES_HASH_MISMATCH: {
    meaning: 'The uncles of a block do not match the hash in its header.',
    hint: 'Do not trust the named node or file. Compare it with the others.',
    retryable: false,
    status: 422,
  },
  WITHDRAWALS_ROOT_MISMATCH: {
    meaning: 'The withdrawals of a block do not match the root in its header.',
    hint: 'Do not trust the named node or file. Compare it with the others.',
    retryable: false,
    status: 422,
  },
  SEGMENT_INCOMPLETE: {
    meaning: 'A file ends before its last block.',
    hint: 'The file is truncated. Get it again from another copy.',
    retryable: false,
    status: 422,
  },
  SEGMENT_DIGEST_MISMATCH: {
    meaning: 'The digest of a file does not match its manifest.',
    hint: 'The copy is damaged. If it is on a target, heal the target; otherwise use another copy.',
    retryable: false,
    status: 422,
  },
  MANIFEST_INVALID: {
    meaning: 'A manifest cannot be read.',
    hint: 'Get it again from another copy.',
    retryable: false,
    status: 422,
  },
  SEAL_INVALID: {
    meaning: 'A block has a seal that none of its validators signed.',
    hint: 'The copy was altered or the node is lying. Get the file from another copy, or compare the nodes.',
    retryable: false,
    status: 422,
  },
  SEALS_BELOW_QUORUM: {
    meaning: 'A block has fewer seals than its consensus requires.',
    hint: 'The copy was altered or the node is lying. Get the file from another copy, or compare the nodes.',
    retryable: false,
    status: 422,
  },
  CERTIFICATE_VALIDATORS_WRONG: {
    meaning:
      'A block lists different validators than the chain has at that height, counted from its genesis.',
    hint: 'Compare the file and the genesis with the copies of other members. The change of validators is not proven by any vote.',
    retryable: false,
    status: 422,
  },
  CONSENSUS_WRONG: {
    meaning: 'A block does not have the form of the consensus that its genesis requires at that height.',
    hint: 'The copy was altered, the node is lying, or this is not the genesis of the chain. Compare the file and the genesis with the copies of other members.',
    retryable: false,
    status: 422,
  },
  EVIDENCE_WEAKENED: {
    meaning: 'Blocks without seals follow blocks with seals, and no genesis explains it.',
    hint: 'Provide the genesis document. If it does not name this change of consensus, compare the nodes: some may follow a forged chain.',
    retryable: false,
    status: 422,
  },
  VALIDATORS_UNKNOWN: {
    meaning: 'The validators of a block are not known, so its seals cannot be checked.',
    hint: 'Verify the whole folder with its manifests and genesis, or pass --genesis or --validators.',
    retryable: false,
    status: 422,
  },
  CERTIFICATE_DIFFERS: {
    meaning: 'A manifest certifies something that its blocks do not show.',
    hint: 'Do not trust this manifest. Get it from another copy.',
    retryable: false,
    status: 422,
  },
  HISTORY_INVALID: {
    meaning: 'A history document cannot be read.',
    hint: 'Get it again from another copy or from the service.',
    retryable: false,
    status: 422,
  },
} as const satisfies Record<string, ErrorEntry>;
