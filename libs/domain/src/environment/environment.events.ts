import type { DomainEvent } from '#libs/event-sourcing';
import type { Hex, Instant } from '#libs/kernel';
import type { Compression } from '../backup/segment-file-name.js';
import type { RequestMark } from '../request/request.decider.js';
import type { Schedule } from '../schedule/schedule.js';

export type Provider = 'geth' | 'quorum' | 'besu';
export type Consensus = 'clique' | 'ibft' | 'qbft' | 'raft' | 'ibft2' | 'other';
export type NodeRole = 'validator' | 'monitor' | 'other';
export type Gather = 'rpc' | 'client-export' | 'admin-export';
export type AgreementRule =
  | Readonly<{ kind: 'all' }>
  | Readonly<{ kind: 'quorum' }>
  | Readonly<{ kind: 'all_then_quorum'; afterHours: number }>;

/** Where a bucket is. Its secrets are in the vault under `secretRef`; the domain does not know which providers exist. */
export type RecordedBucket = Readonly<{
  provider: string;
  details: Readonly<Record<string, unknown>>;
  secretRef?: string;
}>;

/** The managed bucket as it is recorded; the second form is that of a directory, since 0.1. */
export type ManagedBucket = RecordedBucket | Readonly<{ provider: string; path: string }>;

/** The managed bucket in the one form of today. */
export const recordedBucket = (managed: ManagedBucket): RecordedBucket =>
  'path' in managed ? { provider: managed.provider, details: { path: managed.path } } : managed;

/** What is recorded of a bucket. Of version 1 of the events a path alone has a form of its own, which 0.1 reads too. */
export const bucketRecord = ({ provider, details, secretRef }: RecordedBucket): ManagedBucket => {
  const { path, ...rest } = details;
  if (typeof path === 'string' && Object.keys(rest).length === 0 && secretRef === undefined)
    return { provider, path };
  return { provider, details, ...(secretRef === undefined ? {} : { secretRef }) };
};

/** `require`: such a file is not recorded until an operator releases it. `record`: it is, with its verdict. */
export type EvidencePolicy = 'require' | 'record';

/** The backup configuration of an environment. */
export type BackupSettings = Readonly<{
  enabled: boolean;
  schedule: Schedule;
  agreement: AgreementRule;
  /** Blocks that must lie above the end. */
  minConfirmations: number;
  /** How many backed-up blocks a reorganization may replace before an operator must approve; REORG_BLOCKS_MAX by default. */
  maxReorgBlocks?: number;
  gather: Gather;
  segmentBlocks: number;
  compression: Compression;
  unavailableWhileHalted: readonly string[];
  maxHaltMinutes: number;
  /** Bytes of one block at most; a node that sends more is at fault. `BLOCK_BYTES_MAX` where nothing is said. */
  blockBytesMax?: number;
  /** ISO 8601: warn when the newest block of the network is older than this. Off when left out or PT0S. */
  expectedBlockWithin?: string;
  /** What becomes of a file whose seals are not in order. By default as `evidencePolicy` says. */
  evidence?: EvidencePolicy;
}>;

/** One node. Secrets (auth, tls keys, proxy credentials) are in the vault under `secretRef`. */
export type NodeDescription = Readonly<{
  nodeId: string;
  name: string;
  membershipId?: string;
  role: NodeRole;
  provider?: Provider;
  consensus?: Consensus;
  urls: Readonly<Record<string, string>>;
  secretRef?: string;
  /** Name of a node controller in the server's local file. */
  controller?: string;
  backupId?: string;
  /** Id of a node that this one is the same as, by an operator's word: they count once. */
  sameAs?: string;
  /** The validator's address on the chain, lower case, by an operator's word. */
  address?: Hex;
}>;

export type EnvironmentDescription = Readonly<{
  name: string;
  description?: string;
  provider: Provider;
  consensus: Consensus;
  managed?: ManagedBucket;
  /** Of the marker there, once it was taken over; 1 before. */
  managedEpoch?: number;
  /** Fields of older clients that are kept and returned as they came. */
  extra?: Readonly<Record<string, unknown>>;
}>;

export type EnvironmentEvent =
  | DomainEvent<
      'EnvironmentRegistered',
      EnvironmentDescription & { environmentId: string; consortiumId: string; at: Instant }
    >
  | DomainEvent<'EnvironmentChanged', Partial<EnvironmentDescription> & { at: Instant }>
  | DomainEvent<'EnvironmentRemoved', { at: Instant }>
  | DomainEvent<
      'GenesisProvided',
      { version: number; sha256: string; genesisHash: Hex; key: string; bytes: number; at: Instant }
    >
  | DomainEvent<'NodeRegistered', NodeDescription & { at: Instant }>
  | DomainEvent<'NodeChanged', NodeDescription & { at: Instant }>
  | DomainEvent<'NodeRemoved', { nodeId: string; at: Instant }>
  | DomainEvent<'ValidatorExcused', { nodeId: string; until: Instant; reason: string; at: Instant }>
  | DomainEvent<'ValidatorExcuseEnded', { nodeId: string; at: Instant }>
  | DomainEvent<'BackupConfigured', BackupSettings & { request?: RequestMark; at: Instant }>
  | DomainEvent<'MonitorResetRequired', { at: Instant }>
  | DomainEvent<'MonitorReset', { nodeId: string; how: 'restarted' | 're-probed'; at: Instant }>;
