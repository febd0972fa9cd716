import { z } from 'zod';
import type { ConfigurationState, LiveTarget } from '#libs/domain';
import { toEpochMs, type Instant } from '#libs/kernel';
import type { ConfigurationAnswer } from '../answers/configuration.answers.js';
import { defined, given, id, ids, text } from '../schemas.js';
import { maskedDetails } from './details.js';

export type ForeignState = Exclude<ConfigurationState, { status: 'absent' }>;
export const BACKUP_TYPE = 'backup';

const DETAILS_BYTES_MAX = 64 << 10;
/** Each change of them stays in the store, whole. */
const details = z
  .record(z.string(), z.unknown())
  .refine(
    (sent) => Buffer.byteLength(JSON.stringify(sent)) <= DETAILS_BYTES_MAX,
    'must not be larger than 64 KiB',
  );

export const configurationBody = z.object({
  ...ids,
  name: given(text),
  membership_id: id,
  type: text.min(1),
  details: details.default({}),
});
export const configurationChanges = z.object({
  name: given(text),
  membership_id: id,
  details: details.nullish(),
});
export const healBody = z.object({ read_back: given(z.boolean()) });
export type HealBody = z.infer<typeof healBody>;
export type ConfigurationBody = z.infer<typeof configurationBody>;
export type ConfigurationChanges = z.infer<typeof configurationChanges>;

const stateOf = (target: LiveTarget): ConfigurationAnswer['state'] => {
  if (target.status === 'removed') return 'deleted';
  if (!target.enabled) return 'disabled';
  if (target.suspension) return 'suspended';
  if (target.failure) return 'failing';
  return target.backfill ? 'backfilling' : 'enabled';
};

const MINUTE_MS = 60_000;

/** How far a backfill is, and how long it takes at its own pace. */
const backfillOf = (
  { backfill, deliveredThrough }: LiveTarget,
  now: Instant,
): ConfigurationAnswer['backfill'] => {
  if (backfill === undefined) return undefined;
  const { missing, startedAt, throughOrdinal } = backfill;
  const left = Math.max(0, throughOrdinal - deliveredThrough);
  const done = Math.max(0, missing - left);
  const minutes = (toEpochMs(now) - toEpochMs(startedAt)) / MINUTE_MS;
  const pace = done > 0 && minutes > 0 ? done / minutes : undefined;
  return {
    missing,
    done,
    started_at: startedAt,
    files_per_minute: pace === undefined ? null : Math.round(pace * 10) / 10,
    seconds_left: pace === undefined ? null : Math.ceil((left / pace) * 60),
  };
};

/** What is shown besides the target's own state: the names of its secrets, whether the environment has a genesis, now. */
type Besides = Readonly<{ secrets: Readonly<Record<string, string>>; genesis: boolean; now: Instant }>;

export const toBackupConfiguration = (
  target: LiveTarget,
  { secrets, genesis, now }: Besides,
): ConfigurationAnswer =>
  defined({
    _id: target.targetId,
    consortium_id: target.consortiumId,
    environment_id: target.environmentId,
    name: target.name,
    membership_id: target.membershipId,
    type: BACKUP_TYPE,
    state: stateOf(target),
    details: {
      ...maskedDetails({ details: target.details, secrets }),
      provider: target.provider,
      environment_backup_target: target.enabled,
    },
    delivered: {
      ...target.delivered,
      through_ordinal: target.deliveredThrough < 0 ? null : target.deliveredThrough,
    },
    backfill: backfillOf(target, now),
    failure: target.failure && {
      code: target.failure.code,
      message: target.failure.message,
      attempt: target.failure.attempt,
      next_attempt_at: target.failure.nextAttemptAt,
    },
    suspension: target.suspension && {
      code: target.suspension.code,
      message: target.suspension.message,
      since: target.suspension.since,
      next_probe_at: target.suspension.nextProbeAt,
    },
    healing: target.healAsked !== undefined || target.faults.length > 0,
    faults: target.faults.length,
    audited_at: target.auditedAt,
    epoch: target.epoch,
    checked: target.checked && { ...target.checked, findings: [...target.checked.findings] },
    good_for: genesis ? ('verify and restore' as const) : ('verify-only: genesis missing' as const),
  });

export const toForeignConfiguration = (state: ForeignState): ConfigurationAnswer =>
  defined({
    _id: state.configurationId,
    consortium_id: state.consortiumId,
    environment_id: state.environmentId,
    name: state.name,
    membership_id: state.membershipId,
    type: state.type,
    state: state.status === 'live' ? ('active' as const) : ('deleted' as const),
    details: state.details,
  });
