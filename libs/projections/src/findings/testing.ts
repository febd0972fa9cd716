import { backupDecider, type BackupState, type HistoryEntry, type LiveEnvironment } from '#libs/domain';
import { fold } from '#libs/event-sourcing';
import type { ErrorCode } from '#libs/kernel';
import type { RunDocument } from '../history-read-models.js';
import { anEnvironment, blockHash, minute } from '../testing.js';
import { environmentFindings } from './environment-findings.js';
import type { NodeLook, NodeSeen } from './node-findings.js';
import type { Situation } from './situation.js';

/** A healthy environment at one moment, and parts to spoil it with. */
export const NOW = minute(60);
export const TIP = { number: 100n, hash: blockHash(0, 100n) };

export const backup = (changes: Partial<BackupState> = {}): BackupState =>
  ({
    ...fold(backupDecider, []),
    genesisHash: blockHash(0, 0n),
    tip: TIP,
    head: 100n,
    lastDate: minute(58),
    lastSuccessAt: minute(58),
    ...changes,
  }) as BackupState;

export const run = (changes: Partial<RunDocument> = {}): RunDocument => ({
  _id: 'r1',
  environment_id: 'prod',
  trigger: 'manual',
  state: 'completed',
  requested_at: minute(57),
  finished_at: minute(58),
  attempt: 0,
  phases: [],
  confirmations: [],
  departures: [],
  files: [],
  warnings: [],
  ...changes,
});

export const answered = (nodeId: string, head: bigint, more: Partial<NodeSeen> = {}): NodeSeen => ({
  nodeId,
  head,
  genesisHash: blockHash(0, 0n),
  tipHash: head < 100n ? undefined : TIP.hash,
  ...more,
});
export const silent = (nodeId: string, code: ErrorCode = 'NODE_UNREACHABLE'): NodeSeen => ({
  nodeId,
  failure: { code, message: `Node ${nodeId} is down.` },
});
export const lookAt = (nodes: readonly NodeSeen[], late: readonly string[] = []): NodeLook => ({
  at: NOW,
  tip: TIP,
  nodes,
  late,
});
export const ALL = ['v1', 'v2', 'v3', 'v4', 'm'];
export const allAt = (head: bigint, but: Readonly<Record<string, NodeSeen>> = {}): readonly NodeSeen[] =>
  ALL.map((id) => but[id] ?? answered(id, head));

type Evidence = NonNullable<HistoryEntry['evidence']>;
export const file = (ordinal: number, evidence?: Partial<Evidence>): HistoryEntry => ({
  ordinal,
  date: minute(ordinal),
  file: `f${ordinal}`,
  start: BigInt(ordinal) * 10n,
  end: BigInt(ordinal) * 10n + 9n,
  startHash: blockHash(0, 0n),
  parentHash: blockHash(0, 0n),
  endHash: blockHash(0, 9n),
  endParentHash: blockHash(0, 8n),
  bytes: 1,
  sha256: '0'.repeat(64),
  contentRoot: blockHash(0, 0n),
  transactions: 0,
  key: `f${ordinal}`,
  sourceNode: 'm',
  certificate: { kind: 'clique', summary: '' },
  raftSwapFile: false,
  runId: 'r1',
  canonical: true,
  revision: BigInt(ordinal),
  exportedAt: minute(ordinal),
  ...(evidence && {
    evidence: { level: 'proved', verdict: 'valid', genesisSha256: '0'.repeat(64), ...evidence },
  }),
});
export const files = (...evidence: readonly (Partial<Evidence> | undefined)[]): readonly HistoryEntry[] =>
  evidence.map((each, ordinal) => file(ordinal, each));
export const INVALID = { verdict: 'invalid', level: 'confirmed' } as const;
export const UNPROVEN = { verdict: 'unproven', level: 'confirmed' } as const;

export const healthy = (changes: Partial<Situation> = {}): Situation => ({
  environment: anEnvironment(),
  backup: backup(),
  runs: [run()],
  files: [],
  look: lookAt(allAt(102n)),
  now: NOW,
  ...changes,
});
export const settings = (changes: Partial<LiveEnvironment['settings']>): LiveEnvironment => {
  const environment = anEnvironment();
  return { ...environment, settings: { ...environment.settings, ...changes } };
};

export const found = (changes: Partial<Situation>) => environmentFindings(healthy(changes));
export const brief = (changes: Partial<Situation>) =>
  found(changes).map(({ code, severity, subject }) => [severity, code, subject.id]);
