import type { Settings } from '../api/client.js';
import type { ScheduleChoice } from '../api/queries.js';

export type ScheduleKind = 'once' | 'twice' | 'three' | 'four' | 'cron' | 'minutes' | 'blocks';

/** The form as it is typed: numbers are texts until they are sent. */
export type SettingsForm = {
  enabled: boolean;
  kind: ScheduleKind;
  cron: string;
  timeZone: string;
  everyMinutes: string;
  everyBlocks: string;
  agreement: Settings['agreement'];
  afterHours: string;
  minConfirmations: string;
  gather: Settings['gather'];
  /** Names with commas between them. */
  unavailable: string;
  haltMinutes: string;
  evidence: Settings['evidence'];
  maxReorgBlocks: string;
  /** An ISO 8601 duration; empty for no warning. */
  blockWithin: string;
  blockMib: string;
};

const MIB = 1024 * 1024;

export const SCHEDULES: readonly Readonly<{ value: ScheduleKind; label: string }>[] = [
  { value: 'once', label: 'Once a day (00:00)' },
  { value: 'twice', label: 'Twice a day (00:00, 12:00)' },
  { value: 'three', label: 'Three times a day (00:00, 08:00, 16:00)' },
  { value: 'four', label: 'Four times a day (00:00, 06:00, 12:00, 18:00)' },
  { value: 'cron', label: 'Advanced: a cron expression' },
  { value: 'minutes', label: 'Continuous: every N minutes' },
  { value: 'blocks', label: 'Continuous: every N blocks' },
];

const kindOf = ({ frequency, cron, every_minutes }: Settings): ScheduleKind => {
  if (frequency !== undefined) return frequency;
  if (cron !== undefined) return 'cron';
  return every_minutes === undefined ? 'blocks' : 'minutes';
};

export const toForm = (settings: Settings): SettingsForm => ({
  enabled: settings.enabled,
  kind: kindOf(settings),
  cron: settings.cron ?? '0 3 * * *',
  timeZone: settings.time_zone ?? 'UTC',
  everyMinutes: String(settings.every_minutes ?? 60),
  everyBlocks: String(settings.every_blocks ?? 10_000),
  agreement: settings.agreement,
  afterHours: String(settings.after_hours ?? 24),
  minConfirmations: String(settings.min_confirmations),
  gather: settings.gather,
  unavailable: settings.unavailable_while_halted.join(', '),
  haltMinutes: String(settings.max_halt_minutes),
  evidence: settings.evidence,
  maxReorgBlocks: String(settings.max_reorg_blocks),
  blockWithin: settings.expected_block_within ?? '',
  blockMib: String(settings.block_bytes_max / MIB),
});

/** The schedule that the form selects. */
export const toSchedule = (form: SettingsForm): ScheduleChoice => {
  switch (form.kind) {
    case 'cron':
      return { cron: form.cron, time_zone: form.timeZone };
    case 'minutes':
      return { every_minutes: Number(form.everyMinutes) };
    case 'blocks':
      return { every_blocks: Number(form.everyBlocks) };
    case 'once':
    case 'twice':
    case 'three':
    case 'four':
      return { frequency: form.kind, time_zone: form.timeZone };
  }
};

/** Only what was changed: a value that is sent is no longer the default, which depends on the genesis. */
const toEvidenceBody = (form: SettingsForm, before: SettingsForm) => ({
  ...(form.evidence === before.evidence ? {} : { evidence: form.evidence }),
  ...(form.maxReorgBlocks === before.maxReorgBlocks ? {} : { max_reorg_blocks: Number(form.maxReorgBlocks) }),
  ...(form.blockWithin === before.blockWithin
    ? {}
    : { expected_block_within: form.blockWithin.trim() === '' ? null : form.blockWithin.trim() }),
  ...(form.blockMib === before.blockMib ? {} : { block_bytes_max: Math.round(Number(form.blockMib) * MIB) }),
});

export const toBody = (form: SettingsForm, before: SettingsForm) => ({
  ...toEvidenceBody(form, before),
  enabled: form.enabled,
  ...toSchedule(form),
  agreement: form.agreement,
  ...(form.agreement === 'all_then_quorum' ? { after_hours: Number(form.afterHours) } : {}),
  min_confirmations: Number(form.minConfirmations),
  gather: form.gather,
  unavailable_while_halted: form.unavailable
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== ''),
  max_halt_minutes: Number(form.haltMinutes),
});
