import { CONFIRMATION_OUTCOMES, EVIDENCE_LEVELS, EVIDENCE_VERDICTS } from '#libs/domain';
import { CATALOGUE, currentCode, type ErrorCode, type Hex } from '#libs/kernel';
import { z } from 'zod';
import { bigintString, errorCode, hash, instant, optional, text } from './primitives.js';

const blockRef = z.object({ number: bigintString, hash });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const linkedBlockRef = blockRef.extend({ parentHash: hash });

const slot = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('time'), at: instant }),
  z.object({ kind: z.literal('block'), number: bigintString }),
]);

const runRequest = z.object({
  runId: z.string(),
  trigger: z.enum(['schedule', 'manual', 'bus', 'retry', 'backlog']),
  slot: optional(slot),
  retryOf: optional(z.string()),
  attempt: z.number().int(),
  requestedAt: instant,
});

const closedRun = z.object({
  runId: z.string(),
  outcome: z.enum(['completed', 'skipped', 'disputed', 'failed']),
  at: instant,
  retryable: z.boolean(),
  attempt: z.number().int(),
  code: optional(errorCode),
});

const openHalt = z.object({
  haltId: z.string(),
  nodeId: z.string(),
  controller: z.string(),
  startedAt: instant,
  deadline: instant,
  halted: z.boolean(),
});

const heldSegment = z.object({
  runId: z.string(),
  start: bigintString,
  end: bigintString,
  endHash: hash,
});
const releasedSegment = heldSegment.extend({ reason: text });
const questionCode = z.enum(['SUPERSESSION_PENDING', 'FINALITY_BROKEN']);
const decision = z.enum(['keep', 'supersede']);
const question = z.object({
  code: questionCode,
  fromBlock: bigintString,
  other: blockRef,
  reason: text,
  since: instant,
  decision: optional(decision),
  judgedBy: optional(z.string()),
  kept: optional(blockRef),
});

const snapshot = z.object({
  genesisHash: optional(hash),
  tip: optional(blockRef),
  nextOrdinal: z.number().int(),
  lastDate: optional(instant),
  lastTimeSlot: optional(instant),
  lastBlockSlot: optional(bigintString),
  queued: optional(runRequest),
  lastSuccessAt: optional(instant),
  head: optional(bigintString),
  supersededThrough: optional(bigintString),
  overdueSince: optional(instant),
  clockAhead: optional(z.object({ recorded: instant, noticedAt: instant })),
  halt: optional(openHalt),
  held: optional(heldSegment),
  released: optional(releasedSegment),
  anchor: optional(blockRef),
  question: optional(question),
  lastClosed: closedRun,
});

const plannedSegment = z.object({
  ordinal: z.number().int(),
  date: instant,
  file: z.string(),
  start: bigintString,
  end: bigintString,
  endHash: hash,
});

const confirmation = z.object({
  nodeId: z.string(),
  outcome: z.enum(CONFIRMATION_OUTCOMES),
  hash: optional(hash),
  head: optional(bigintString),
  detail: optional(text),
});

const runWarning = z.object({
  code: errorCode,
  message: text,
  nodes: optional(z.array(z.string())),
  height: optional(bigintString),
});

const departure = z.object({ nodeId: z.string(), height: bigintString, hash, expected: hash });

export const backupRequestedV1 = runRequest.extend({
  environmentId: z.string(),
  coalescedInto: optional(z.string()),
});

export const backupSkippedV1 = z.object({
  runId: z.string(),
  reason: z.enum(['NO_NEW_BLOCK', 'BACKUP_DISABLED']),
  confirmations: optional(z.array(confirmation)),
  warnings: optional(z.array(runWarning)),
  at: instant,
  snapshot,
});

const replacement = z.object({
  fromBlock: bigintString,
  tip: optional(blockRef),
  other: blockRef,
  isFork: z.boolean(),
  files: z.array(z.string()),
  level: z.enum(EVIDENCE_LEVELS),
  isFinal: z.boolean(),
  isDecided: z.boolean(),
  why: text,
});

const branch = z.object({ other: blockRef, tip: blockRef });

export const rangeAgreedV2 = z.object({
  runId: z.string(),
  start: bigintString,
  end: linkedBlockRef,
  rule: z.string(),
  confirmations: z.array(confirmation),
  departures: z.array(departure),
  rounds: z.number().int(),
  lookups: z.number().int(),
  head: bigintString,
  genesisHash: hash,
  plan: z.array(plannedSegment),
  more: z.boolean(),
  backlogEnd: bigintString,
  replaces: optional(replacement),
  branch: optional(branch),
  warnings: z.array(runWarning),
  at: instant,
});

/** Version 1 listed the codes of the warnings alone. */
export const rangeAgreedFromV1 = (data: unknown): unknown => {
  const older = data as Readonly<{ warnings: readonly string[] }>;
  const warnings = older.warnings.map((code) => {
    const current = currentCode(code);
    return { code: current, message: current in CATALOGUE ? CATALOGUE[current as ErrorCode].meaning : code };
  });
  return { ...older, warnings };
};

const sealedHeader = z.object({ hash, header: z.string().regex(/^0x[0-9a-f]*$/) as z.ZodType<Hex> });
const finalityProof = z.object({
  height: bigintString,
  backedUp: sealedHeader,
  other: sealedHeader,
  doubleSigners: z.array(z.string().regex(/^0x[0-9a-f]{40}$/) as z.ZodType<Hex>),
});

export const rangeDisputedV1 = z.object({
  runId: z.string(),
  code: errorCode,
  cause: optional(errorCode),
  reason: text,
  confirmations: z.array(confirmation),
  departures: z.array(departure),
  warnings: optional(z.array(runWarning)),
  proof: optional(finalityProof),
  at: instant,
  snapshot,
});

const evidence = z.object({
  level: z.enum(EVIDENCE_LEVELS),
  verdict: z.enum(EVIDENCE_VERDICTS),
  statedBy: optional(z.object({ nodes: z.array(z.string()), asked: z.number().int() })),
  genesisSha256: optional(sha256),
});

/** Of SegmentStaged and BranchSegmentKept too: they say of a file what its export would. */
export const segmentExportedV1 = plannedSegment.extend({
  startHash: hash,
  parentHash: hash,
  endParentHash: hash,
  bytes: z.number().int(),
  sha256,
  contentRoot: hash,
  transactions: z.number().int(),
  key: z.string(),
  manifestSha256: optional(sha256),
  sourceNode: z.string(),
  sourceNodes: optional(z.array(z.string())),
  certificate: z.object({ kind: z.string(), summary: text }),
  evidence: optional(evidence),
  raftSwapFile: z.boolean(),
  warnings: optional(z.array(runWarning)),
  runId: z.string(),
  at: instant,
});

export const supersessionDecidedV1 = z.object({
  decision,
  reason: text,
  code: questionCode,
  fromBlock: bigintString,
  other: blockRef,
  at: instant,
});

export const segmentsSupersededV1 = z.object({
  runId: z.string(),
  fromBlock: bigintString,
  throughOrdinal: z.number().int(),
  files: z.array(z.string()),
  by: z.string(),
  why: text,
  tip: optional(blockRef),
  supersededThrough: bigintString,
  replacedThrough: optional(z.number().int()),
  at: instant,
});

export const backupCompletedV1 = z.object({
  runId: z.string(),
  at: instant,
  stopped: z.boolean(),
  files: z.number().int(),
  snapshot,
});

export const backupFailedV1 = z.object({
  runId: z.string(),
  code: errorCode,
  message: text,
  retryable: z.boolean(),
  at: instant,
  snapshot,
});

export const segmentProgressedV1 = z.object({
  runId: z.string(),
  file: z.string(),
  next: bigintString,
  end: bigintString,
  at: instant,
});

export const segmentReleasedV1 = releasedSegment.extend({ at: instant });
export const evidenceReanchoredV1 = z.object({ block: blockRef, reason: text, at: instant });

export const backupWokenV1 = z.object({ runId: z.string(), since: instant, at: instant });

export const monitorHaltStartedV1 = z.object({
  runId: z.string(),
  haltId: z.string(),
  nodeId: z.string(),
  controller: z.string(),
  deadline: instant,
  at: instant,
});
export const monitorHaltedV1 = z.object({ haltId: z.string(), at: instant });
export const monitorResumedV1 = z.object({
  haltId: z.string(),
  by: z.enum(['run', 'recovery', 'deadline']),
  at: instant,
});

export const backupOverdueV1 = z.object({ since: instant, at: instant });
