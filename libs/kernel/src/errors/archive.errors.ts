import type { ErrorEntry } from './error-entry.js';

export const ARCHIVE_ERRORS = {
  RLP_INVALID: {
    meaning: 'Bytes are not canonical RLP.',
    hint: 'The file or answer is damaged: take it again from another source.',
    retryable: false,
    status: 422,
  },
  BLOCK_INVALID: {
    meaning: 'A block does not have the form of a block.',
    hint: 'The node or file is damaged: take the block from another source.',
    retryable: false,
    status: 422,
  },
  BLOCK_HASH_MISMATCH: {
    meaning: 'A block hashes to something else than was agreed or claimed.',
    hint: 'Do not trust the named node or file; compare it with the others.',
    retryable: false,
    status: 422,
  },
  BLOCK_PARENT_MISMATCH: {
    meaning: 'A block does not follow the one before it.',
    hint: 'The chain moved or the source is damaged; the run is repeated.',
    retryable: false,
    status: 422,
  },
  BLOCK_NUMBER_MISMATCH: {
    meaning: 'A block has another number than was asked for.',
    hint: 'Do not trust the named node or file.',
    retryable: false,
    status: 422,
  },
  TRANSACTIONS_ROOT_MISMATCH: {
    meaning: 'The transactions of a block do not have the root its header states.',
    hint: 'Do not trust the named node or file; compare it with the others.',
    retryable: false,
    status: 422,
  },
  UNCLES_HASH_MISMATCH: {
    meaning: 'The uncles of a block do not hash to what its header states.',
    hint: 'Do not trust the named node or file; compare it with the others.',
    retryable: false,
    status: 422,
  },
  WITHDRAWALS_ROOT_MISMATCH: {
    meaning: 'The withdrawals of a block do not have the root its header states.',
    hint: 'Do not trust the named node or file; compare it with the others.',
    retryable: false,
    status: 422,
  },
  SEGMENT_INCOMPLETE: {
    meaning: 'A segment ends before its last block.',
    hint: 'The file is truncated: take it again from another copy.',
    retryable: false,
    status: 422,
  },
  SEGMENT_DIGEST_MISMATCH: {
    meaning: 'A segment does not have the digest its manifest states.',
    hint: 'The copy is damaged: heal the target.',
    retryable: false,
    status: 422,
  },
  MANIFEST_INVALID: {
    meaning: 'A manifest cannot be read.',
    hint: 'Take it again from another copy.',
    retryable: false,
    status: 422,
  },
  SEAL_INVALID: {
    meaning: 'A seal of a block is no signature of a validator that may seal it.',
    hint: 'The copy of the block is altered or its node lies: take the file from another copy, or compare the nodes.',
    retryable: false,
    status: 422,
  },
  SEALS_BELOW_QUORUM: {
    meaning: 'A block carries fewer seals than its consensus asks for.',
    hint: 'The copy of the block is altered or its node lies: take the file from another copy, or compare the nodes.',
    retryable: false,
    status: 422,
  },
  VALIDATORS_DIFFER: {
    meaning: 'A block names other validators than those that were followed from the genesis.',
    hint: 'Compare the file and the genesis with those of other members; a change that no vote made is not proven.',
    retryable: false,
    status: 422,
  },
  VALIDATORS_UNKNOWN: {
    meaning: 'Nothing says who the validators of a block are.',
    hint: 'Verify the whole folder with its manifests and its genesis, or give --genesis or --validators.',
    retryable: false,
    status: 422,
  },
  CERTIFICATE_DIFFERS: {
    meaning: 'A manifest certifies something else than the blocks show.',
    hint: 'Do not trust this manifest: take it from another copy.',
    retryable: false,
    status: 422,
  },
  HISTORY_INVALID: {
    meaning: 'A history document cannot be read.',
    hint: 'Take it again from another copy or from the service.',
    retryable: false,
    status: 422,
  },
} as const satisfies Record<string, ErrorEntry>;
