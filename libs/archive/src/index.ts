/**
 * archive owns the formats: RLP, blocks and their hash rules, roots, seals, genesis, segments, manifests, the history
 * document and the keys they lie under. It is pure: bytes and values in, values out.
 * It does not own where files lie (object-store), how blocks are fetched (chain), compression or any clock.
 */
export { blockHash, checkBlock, type BlockExpectation, type CheckedBlock } from './block.js';
export { type BlockView, type Span } from './block-body.js';
export { fieldAtOffset } from './block-field.js';
export { hexToBytes } from './bytes.js';
export {
  certificateSummary,
  SegmentJudge,
  type SegmentCertificate,
  type SegmentJudgement,
} from './certificate/certificate.js';
export { SealJudge, type BlockJudgement, type JudgeInput } from './certificate/judge.js';
export { BlockJudging } from './certificate/judge-blocks.js';
export { isAtLeast, levelOf, levelOfGenesis, verdictOf } from './certificate/level.js';
export { sealError, type SealFault } from './certificate/seal-faults.js';
export { consensusRules } from './certificate/genesis-rules.js';
export { DEFAULT_RULES, type ConsensusRules } from './certificate/rules.js';
export { isStatedEnough, type StatedValidators } from './certificate/stated-sets.js';
export {
  isJudgedAsNow,
  rulesText,
  stateText,
  validatorSetFromFile,
  type ValidatorEvidence,
  type ValidatorSetParts,
} from './certificate/validator-file.js';
export { type ValidatorState } from './certificate/validator-set.js';
export { type ContentRoot } from './content-root.js';
export { type Curve } from './crypto/recover.js';
export { keccak256 } from './crypto/keccak.js';
export { signatureBuild } from './crypto/secp256k1.js';
export { parseGenesis, type Genesis } from './genesis/genesis.js';
export { type Field, type HeaderView } from './header.js';
export { canonicalSelection, checkContinuity, type ContinuityFault } from './history/continuity.js';
export {
  createHistoryDocument,
  historyToJson,
  parseHistoryDocument,
  type HistoryDocument,
  type HistoryDocumentEntry,
  type HistoryFile,
} from './history/history.js';
export { joinBlocks, type BlockParts } from './join-blocks.js';
export {
  finalityProofKey,
  genesisKey,
  HISTORY_FILE,
  historyKey,
  MANIFEST_SUFFIX,
  manifestKey,
  markerKey,
  readmeKey,
  segmentKey,
} from './keys.js';
export {
  createManifest,
  hasOwnDigest,
  manifestToJson,
  parseManifest,
  type ManifestInput,
  type SegmentManifest,
} from './manifest.js';
export { type RlpItem } from './rlp/reader.js';
export { readBlockSeals, type BlockSeals, type Seal } from './seal/block-seals.js';
export { cliqueSupport, headerBytesOf } from './seal/clique.js';
export type { BlockConsensus } from './seal/hash-rule.js';
export { createSealReader, type SealReader } from './seal/seal-reader.js';
export { createBlockSplitter, type BlockSplitter, type SplitBlock } from './segment/block-splitter.js';
export {
  checkSegment,
  type SegmentChecker,
  type SegmentExpectation,
  type SegmentSummary,
} from './segment/check-segment.js';
export { SegmentFold, type SegmentContent } from './segment/segment-fold.js';
