/**
 * archive owns the formats: RLP, blocks and their hash rules, roots, seals, genesis, segments, manifests, the history
 * document and the keys they lie under. It is pure: bytes and values in, values out.
 * It does not own where files lie (object-store), how blocks are fetched (chain), compression or any clock.
 */
export {
  checkBlock,
  EMPTY_LIST_HASH,
  EMPTY_TRIE_ROOT,
  type BlockExpectation,
  type CheckedBlock,
} from './block.js';
export { readBlock, transactionsOf, withdrawalsOf, type BlockView, type Span } from './block-body.js';
export { hexToBytes, scalarBytes } from './bytes.js';
export { createContentRoot, type ContentRoot } from './content-root.js';
export { initCrypto, keccak256 } from './crypto/keccak.js';
export { recoverAddress } from './crypto/recover.js';
export { genesisHash, parseGenesis, type Genesis } from './genesis/genesis.js';
export { FIELD, fieldOf, hasField, numberOf, type Field, type HeaderView } from './header.js';
export { canonicalSelection, checkContinuity, type ContinuityFault } from './history/continuity.js';
export {
  createHistoryDocument,
  historyFileOf,
  historyToJson,
  parseHistoryDocument,
  type HistoryDocument,
  type HistoryDocumentEntry,
  type HistoryFile,
} from './history/history.js';
export {
  genesisKey,
  HISTORY_FILE,
  historyKey,
  MANIFEST_SUFFIX,
  manifestKey,
  markerKey,
  segmentKey,
} from './keys.js';
export {
  createManifest,
  manifestToJson,
  parseManifest,
  type ManifestInput,
  type SegmentCertificate,
  type SegmentManifest,
} from './manifest.js';
export { decodeRlp, RlpReader, type RlpItem } from './rlp/reader.js';
export { encodeRlp } from './rlp/writer.js';
export { cliqueSigner, cliqueSignersOfExtraData, cliqueSupport } from './seal/clique.js';
export type { BlockConsensus } from './seal/hash-rule.js';
export {
  BLOCK_BYTES_MAX,
  createBlockSplitter,
  type BlockSplitter,
  type SplitBlock,
} from './segment/block-splitter.js';
export {
  checkSegment,
  createSegmentChecker,
  OFFSETS_EVERY,
  type SegmentChecker,
  type SegmentExpectation,
  type SegmentSummary,
} from './segment/check-segment.js';
export { parseSegmentFileName, segmentFileName, type SegmentName } from './segment/file-name.js';
export { secureTrieRoot, trieRoot } from './trie.js';
