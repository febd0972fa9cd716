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
};

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

export const toBody = (form: SettingsForm) => ({
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
