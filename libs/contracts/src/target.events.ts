import { z } from 'zod';
import { bigintString, errorCode, instant, optional, requestMark, text } from './primitives.js';

const description = z.object({
  name: text,
  membershipId: z.string(),
  provider: z.string(),
  details: z.record(z.string(), z.unknown()),
  destination: z.string(),
  secretRef: optional(z.string()),
});

const finding = z.object({
  check: z.string(),
  result: z.enum(['ok', 'warn', 'fail']),
  message: text,
  cure: optional(text),
});

export const targetRegisteredV1 = description.extend({
  targetId: z.string(),
  consortiumId: z.string(),
  environmentId: z.string(),
  at: instant,
});
export const targetChangedV1 = description.extend({ at: instant });
export const targetEnabledV1 = z.object({
  environmentId: z.string(),
  request: optional(requestMark),
  at: instant,
});
export const targetDisabledV1 = z.object({ request: optional(requestMark), at: instant });
export const targetCheckedV1 = z.object({ ok: z.boolean(), findings: z.array(finding), at: instant });
export const deliveryDueV1 = z.object({ environmentId: z.string(), ordinal: z.number().int(), at: instant });
export const backfillStartedV1 = z.object({
  missing: z.number().int(),
  throughOrdinal: z.number().int(),
  at: instant,
});
export const segmentDeliveredV1 = z.object({
  environmentId: z.string(),
  file: z.string(),
  ordinal: z.number().int(),
  sourceRevision: bigintString,
  bytes: z.number().int(),
  sha256: z.string(),
  etag: z.string(),
  destination: z.string(),
  at: instant,
});
export const deliveryFailedV1 = z.object({
  file: z.string(),
  code: errorCode,
  message: text,
  attempt: z.number().int(),
  nextAttemptAt: instant,
  at: instant,
});
export const deliverySuspendedV1 = z.object({
  code: errorCode,
  message: text,
  nextProbeAt: instant,
  at: instant,
});
export const deliveryResumedV1 = z.object({ at: instant });
export const backfillCompletedV1 = z.object({ throughOrdinal: z.number().int(), at: instant });
export const healRequestedV1 = z.object({ at: instant, readBack: optional(z.boolean()) });

const ordinal = z.number().int();
const faultKind = z.enum(['missing', 'altered']);
const fault = z.object({ ordinal, kind: faultKind });

export const targetAuditedV1 = z.object({
  destination: z.string(),
  checked: z.number().int(),
  faults: z.array(fault),
  complete: z.boolean(),
  historyFound: z.boolean(),
  at: instant,
});
export const segmentHealedV1 = z.object({
  environmentId: z.string(),
  file: z.string(),
  ordinal,
  kind: faultKind,
  bytes: z.number().int(),
  sha256: z.string(),
  etag: z.string(),
  destination: z.string(),
  at: instant,
});
export const managedCopyRestoredV1 = z.object({
  environmentId: z.string(),
  file: z.string(),
  ordinal,
  kind: faultKind,
  sha256: z.string(),
  at: instant,
});
export const placeTakenOverV1 = z.object({ destination: z.string(), epoch: z.number().int(), at: instant });
export const historyPublishedV1 = z.object({
  etag: z.string(),
  revision: bigintString,
  files: z.number().int(),
  genesis: optional(z.string()),
  at: instant,
});
export const targetRemovedV1 = z.object({ at: instant });

const snapshot = description.extend({
  status: z.enum(['live', 'removed']),
  targetId: z.string(),
  consortiumId: z.string(),
  environmentId: z.string(),
  enabled: z.boolean(),
  request: optional(requestMark),
  removedAt: optional(instant),
  deliveredThrough: ordinal,
  sourceRevision: bigintString,
  delivered: z.object({ files: z.number().int(), bytes: z.number().int() }),
  backfill: optional(z.object({ throughOrdinal: ordinal, missing: z.number().int(), startedAt: instant })),
  failure: optional(
    z.object({ code: errorCode, message: text, attempt: z.number().int(), nextAttemptAt: instant }),
  ),
  suspension: optional(z.object({ code: errorCode, message: text, nextProbeAt: instant, since: instant })),
  dueOrdinal: ordinal,
  published: optional(z.object({ etag: z.string(), revision: bigintString, genesis: optional(z.string()) })),
  faults: z.array(fault),
  healAsked: optional(z.object({ readBack: z.boolean() })),
  auditedAt: optional(instant),
  auditedThrough: optional(ordinal),
  epoch: z.number().int(),
  checked: optional(z.object({ ok: z.boolean(), findings: z.array(finding), at: instant })),
});

export const targetSnapshotTakenV1 = z.object({ state: snapshot, at: instant });
