/**
 * domain owns the decisions: environments, backups, agreement, schedules, targets, members and the history they make.
 * It is pure: no clock, no IO, no randomness. It does not own JSON forms (contracts) or block formats (archive).
 */
export { searchAgreement } from './agreement/agreement.search.js';
export { compareValidators, type ValidatorSetInput } from './agreement/validator-set.js';
export { seatsOf, sharedPlaces, type RegisteredValidator } from './agreement/one-node.js';
export {
  quorumOf,
  type AgreementInput,
  type AgreementReport,
  type AgreementVerdict,
  type Fork,
  type HeightAnswer,
  type SurveyRequest,
  type SurveyAnswer,
  type SurveyAnswers,
} from './agreement/agreement.types.js';
export { nthLargest } from './agreement/voters.js';
export type { BackupCommand, BackupGate, HaltRequest } from './backup/backup.commands.js';
export { backupDecider, backupSnapshotOf } from './backup/backup.decider.js';
export type {
  BackupEvent,
  BackupSnapshot,
  BackupTrigger,
  ClosedRun,
  OpenHalt,
  ResumedBy,
  Confirmation,
  Departure,
  HeldSegment,
  PlannedSegment,
  RunRequest,
  RunWarning,
  SegmentRecord,
  Slot,
} from './backup/backup.events.js';
export type { BackupState, ExportingBackup, RequestedBackup } from './backup/backup.state.js';
export { HEIGHT_MAX } from './agreement/words.js';
export { clockWentBack } from './backup/clock-ahead.js';
export { SILENT_SLOTS, silentSince, slotsPassed } from './backup/silence.js';
export { STALL_TIMEOUT_MS, stallCheckAt } from './backup/stall.js';
export { CONFIRMATION_OUTCOMES } from './backup/backup.events.js';
export {
  EVIDENCE_LEVELS,
  EVIDENCE_VERDICTS,
  isAtLeast,
  weakerOf,
  type EvidenceLevel,
  type EvidenceVerdict,
  type SegmentEvidence,
} from './backup/evidence.js';
export { parentOfNext } from './backup/backup.state.js';
export {
  approvalNeeded,
  branchStart,
  breaksFinality,
  isStrongEnough,
  judgementBasis,
  REORG_BLOCKS_MAX,
  recordedLevel,
  type Branch,
  type FinalityProof,
  type OpenQuestion,
  type Replacement,
  type SupersessionDecision,
} from './backup/replacement.js';
export { readSegmentFileName, type Compression, type SegmentName } from './backup/segment-file-name.js';
export {
  configurationDecider,
  type ConfigurationCommand,
  type ConfigurationEvent,
  type ConfigurationState,
  type ForeignConfiguration,
} from './consortium/configuration.decider.js';
export {
  consortiumDecider,
  type ConsortiumCommand,
  type ConsortiumDescription,
  type ConsortiumEvent,
  type ConsortiumState,
} from './consortium/consortium.decider.js';
export {
  memberDecider,
  type ApiKey,
  type MemberCommand,
  type MemberDescription,
  type MemberEvent,
  type MemberState,
  type Role,
} from './consortium/member.decider.js';
export {
  /** @internal used by tests */
  DEFAULT_BACKUP_SETTINGS,
  environmentDecider,
  evidencePolicy,
  excuseAt,
  type EnvironmentCommand,
  type EnvironmentState,
  type LiveEnvironment,
} from './environment/environment.decider.js';
export { BLOCK_BYTES_MAX, boundsText, SETTING_BOUNDS } from './environment/setting-bounds.js';
export { boundedWarning, TEXT_CHARS_MAX } from './backup/bounded-warning.js';
export { detailOf, TARGET_BOUNDS } from './target/target-bounds.js';
export type {
  AgreementRule,
  BackupSettings,
  Consensus,
  EnvironmentDescription,
  EnvironmentEvent,
  Gather,
  ManagedBucket,
  NodeDescription,
  NodeRole,
  Provider,
  RecordedBucket,
} from './environment/environment.events.js';
export { bucketRecord, recordedBucket } from './environment/environment.events.js';
export {
  canonicalFiles,
  emptyHistory,
  evolveHistory,
  historyThrough,
  isSuperseded,
  supersededStarts,
  type History,
  type HistoryEntry,
} from './history/history.js';
export {
  requestDecider,
  type ExternalRequest,
  type RequestCommand,
  type RequestEvent,
  type RequestMark,
  type RequestState,
} from './request/request.decider.js';
export type { InstallationEvent } from './installation/installation.events.js';
export { type Frequency, type Schedule } from './schedule/schedule.js';
export { assertSchedule, dueBlockSlot, dueSlot, isBlockSlotServed, nextSlots } from './schedule/slots.js';
export { targetDecider, type TargetCommand } from './target/target.decider.js';
export type {
  FaultKind,
  LiveTarget,
  ProbeFinding,
  TargetDescription,
  TargetEvent,
  TargetFault,
} from './target/target.events.js';
export { targetSnapshotOf, type TargetState } from './target/target.state.js';
