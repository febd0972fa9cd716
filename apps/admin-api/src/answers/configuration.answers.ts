import { z } from 'zod';
import { code, count, finding, instant } from './common.js';
import { answer, type Answer } from './registry.js';

const ids = { _id: z.string(), consortium_id: z.string(), environment_id: z.string() };
const state = z.enum(['disabled', 'enabled', 'backfilling', 'failing', 'suspended', 'active', 'deleted']);

/** A configuration: of type "backup" a target with its deliveries, of another type kept for clients. */
export const configurationAnswer = answer(
  'Configuration',
  z.object({
    ...ids,
    name: z.string(),
    membership_id: z.string().optional(),
    type: z.string(),
    state,
    details: z.record(z.string(), z.unknown()),
    delivered: z.object({ files: count, bytes: count, through_ordinal: count.nullable() }).optional(),
    backfill: z
      .object({
        missing: count.meta({ description: 'Files that were missing when it began.' }),
        done: count,
        started_at: instant,
        files_per_minute: z.number().nullable(),
        seconds_left: count.nullable(),
      })
      .optional(),
    failure: z.object({ code, message: z.string(), attempt: count, next_attempt_at: instant }).optional(),
    suspension: z.object({ code, message: z.string(), since: instant, next_probe_at: instant }).optional(),
    healing: z.boolean().optional(),
    faults: count.meta({ description: 'Files known to be missing or altered there.' }).optional(),
    audited_at: instant.optional(),
    epoch: count.optional(),
    good_for: z.enum(['verify and restore', 'verify-only: genesis missing']).optional(),
    checked: z.object({ ok: z.boolean(), findings: z.array(finding), at: instant }).optional(),
  }),
);
export type ConfigurationAnswer = Answer<typeof configurationAnswer>;

/** The preflight of a target. */
export const checkAnswer = answer(
  'TargetCheck',
  z.object({ _id: z.string(), ok: z.boolean(), checked_at: instant, findings: z.array(finding) }),
);
export type CheckAnswer = Answer<typeof checkAnswer>;

export const deliveryAnswer = answer(
  'Delivery',
  z.object({
    file: z.string(),
    ordinal: count,
    bytes: count,
    sha256: z.string(),
    canonical_chain: z.boolean(),
    state: z.enum(['delivered', 'failed', 'pending', 'missing', 'altered']),
    etag: z.string().optional(),
    delivered_at: instant.optional(),
    error: z.object({ code, message: z.string() }).optional(),
  }),
);
export type DeliveryAnswer = Answer<typeof deliveryAnswer>;
