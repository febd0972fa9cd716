import { z } from 'zod';
import type { SETTING_BOUNDS } from '#libs/domain';
import {
  BLOCK_BYTES_MAX,
  boundsText,
  evidencePolicy,
  nextSlots,
  REORG_BLOCKS_MAX,
  type BackupSettings,
  type LiveEnvironment,
  type Schedule,
} from '#libs/domain';
import { CodedError, durationMs, type Instant } from '#libs/kernel';
import type { SettingsAnswer } from '../answers/backup.answers.js';

/** How many coming runs are told. */
export const NEXT_RUNS = 5;
const LABELS_MAX = 50;
/** The decider refuses what is outside; here the bounds are only told. */
const whole = (setting: keyof typeof SETTING_BOUNDS) =>
  z
    .number()
    .int()
    .meta({ description: `${boundsText(setting)}.` });

/** `agreement` takes the name of a rule, or the one with its hours. */
const agreement = z.union([
  z.enum(['all', 'quorum', 'all_then_quorum']),
  z.object({ rule: z.literal('all_then_quorum'), after_hours: z.number() }),
]);

const schedule = {
  frequency: z.enum(['once', 'twice', 'three', 'four']).nullish(),
  cron: z.string().max(200).nullish(),
  time_zone: z.string().max(100).nullish(),
  every_blocks: whole('every_blocks').nullish(),
  every_minutes: whole('every_minutes').nullish(),
};

/** A schedule as a query says it: numbers come as text. */
export const scheduleQuery = z.object({
  frequency: schedule.frequency,
  cron: schedule.cron,
  time_zone: schedule.time_zone,
  every_blocks: z.coerce.number().int().optional(),
  every_minutes: z.coerce.number().int().optional(),
});
export type ScheduleQuery = z.infer<typeof scheduleQuery>;

export const settingsBody = z.object({
  enabled: z.boolean().optional(),
  ...schedule,
  agreement: agreement.optional(),
  after_hours: z
    .number()
    .meta({ description: `${boundsText('after_hours')}.` })
    .optional(),
  min_confirmations: whole('min_confirmations').optional(),
  max_reorg_blocks: whole('max_reorg_blocks').optional(),
  gather: z.enum(['rpc', 'client-export', 'admin-export']).optional(),
  segment_blocks: whole('segment_blocks').optional(),
  compression: z.enum(['none', 'gzip']).optional(),
  unavailable_while_halted: z.array(z.string().max(200)).max(LABELS_MAX).optional(),
  max_halt_minutes: whole('max_halt_minutes').optional(),
  block_bytes_max: whole('block_bytes_max').optional(),
  evidence: z.enum(['require', 'record']).optional(),
  expected_block_within: z.string().max(50).nullish(),
});
export type SettingsBody = z.infer<typeof settingsBody>;

const HOURS_BY_DEFAULT = 24;
/** The duration that turns a warning off. */
const NEVER = 'PT0S';

const shownDuration = (duration: string | undefined): string | null =>
  duration === undefined || durationMs(duration) === 0 ? null : duration;

const zoneOf = (schedule: Schedule): string => ('timeZone' in schedule ? schedule.timeZone : 'UTC');

/** The schedule after a request: one way of saying when, or only another time zone. */
export const toSchedule = (
  body: Pick<SettingsBody, keyof ScheduleQuery>,
  before: Schedule,
): Schedule | undefined => {
  const { frequency, cron, every_blocks: everyBlocks, every_minutes: everyMinutes } = body;
  const timeZone = body.time_zone ?? zoneOf(before);
  const said: readonly (Schedule | undefined)[] = [
    frequency ? { kind: 'frequency', frequency, timeZone } : undefined,
    typeof cron === 'string' ? { kind: 'cron', cron, timeZone } : undefined,
    typeof everyBlocks === 'number' ? { kind: 'blocks', everyBlocks } : undefined,
    typeof everyMinutes === 'number' ? { kind: 'minutes', everyMinutes } : undefined,
  ];
  const [first, second] = said.filter((schedule) => schedule !== undefined);
  if (second !== undefined) {
    throw new CodedError(
      'SCHEDULE_INVALID',
      'Use only one of frequency, cron, every_blocks and every_minutes.',
    );
  }
  if (first !== undefined) return first;
  return typeof body.time_zone === 'string' && 'timeZone' in before ? { ...before, timeZone } : undefined;
};

const toAgreement = (body: SettingsBody, before: BackupSettings): BackupSettings['agreement'] | undefined => {
  const sent = body.agreement ?? (body.after_hours === undefined ? undefined : before.agreement.kind);
  if (sent === undefined) return undefined;
  if (typeof sent === 'object') return { kind: sent.rule, afterHours: sent.after_hours };
  if (sent !== 'all_then_quorum') return { kind: sent };
  const known = before.agreement.kind === sent ? before.agreement.afterHours : HOURS_BY_DEFAULT;
  return { kind: sent, afterHours: body.after_hours ?? known };
};

/** What a request changes of the settings. SCHEDULE_INVALID for two schedules at once. */
export const toSettings = (body: SettingsBody, before: BackupSettings): Partial<BackupSettings> => {
  const changes = {
    enabled: body.enabled,
    schedule: toSchedule(body, before.schedule),
    agreement: toAgreement(body, before),
    minConfirmations: body.min_confirmations,
    maxReorgBlocks: body.max_reorg_blocks,
    gather: body.gather,
    segmentBlocks: body.segment_blocks,
    compression: body.compression,
    unavailableWhileHalted: body.unavailable_while_halted,
    maxHaltMinutes: body.max_halt_minutes,
    blockBytesMax: body.block_bytes_max,
    evidence: body.evidence,
    expectedBlockWithin: body.expected_block_within === null ? NEVER : body.expected_block_within,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
};

const fromSchedule = (
  schedule: Schedule,
): Pick<SettingsAnswer, 'frequency' | 'cron' | 'time_zone' | 'every_minutes' | 'every_blocks'> => {
  switch (schedule.kind) {
    case 'frequency':
      return { frequency: schedule.frequency, time_zone: schedule.timeZone };
    case 'cron':
      return { cron: schedule.cron, time_zone: schedule.timeZone };
    case 'minutes':
      return { every_minutes: schedule.everyMinutes };
    case 'blocks':
      return { every_blocks: schedule.everyBlocks };
  }
};

/** Numbers of version 0.1 that lie outside the bounds of today. */
const warningsOf = ({ outOfBounds = [] }: LiveEnvironment): NonNullable<SettingsAnswer['warnings']> =>
  outOfBounds.map(({ setting, value, used }) => ({
    code: 'SETTING_OUT_OF_BOUNDS',
    message: `${setting} was recorded as ${value}; ${used} is used. It must be ${boundsText(setting)}.`,
  }));

export const fromSettings = (environment: LiveEnvironment, now: Instant): SettingsAnswer => {
  const { settings, monitorResetRequired } = environment;
  const warnings = warningsOf(environment);
  return {
    enabled: settings.enabled,
    ...fromSchedule(settings.schedule),
    agreement: settings.agreement.kind,
    ...(settings.agreement.kind === 'all_then_quorum' ? { after_hours: settings.agreement.afterHours } : {}),
    min_confirmations: settings.minConfirmations,
    max_reorg_blocks: settings.maxReorgBlocks ?? REORG_BLOCKS_MAX,
    gather: settings.gather,
    segment_blocks: settings.segmentBlocks,
    compression: settings.compression,
    unavailable_while_halted: settings.unavailableWhileHalted,
    max_halt_minutes: settings.maxHaltMinutes,
    block_bytes_max: settings.blockBytesMax ?? BLOCK_BYTES_MAX,
    evidence: evidencePolicy(environment),
    expected_block_within: shownDuration(settings.expectedBlockWithin),
    monitor_reset_required: monitorResetRequired,
    next_runs: settings.enabled ? nextSlots(settings.schedule, now, NEXT_RUNS) : [],
    ...(warnings.length === 0 ? {} : { warnings }),
  };
};
