import { SEGMENT_BLOCKS_MAX } from '../backup/plan.js';
import {
  EVERY_BLOCKS_MAX,
  EVERY_BLOCKS_MIN,
  EVERY_MINUTES_MAX,
  EVERY_MINUTES_MIN,
} from '../schedule/schedule.js';
import { REORG_BLOCKS_MAX } from '../backup/replacement.js';
import type { BackupSettings } from './environment.events.js';

const MIB = 1024 * 1024;
/** What a block may have where the settings do not say it. */
export const BLOCK_BYTES_MAX = 64 * MIB;

/** The least and the most of each number among the settings, by the name that it has outside. */
export const SETTING_BOUNDS = {
  every_minutes: [EVERY_MINUTES_MIN, EVERY_MINUTES_MAX],
  every_blocks: [EVERY_BLOCKS_MIN, EVERY_BLOCKS_MAX],
  /** A minute to a year. */
  after_hours: [1 / 60, 8_760],
  min_confirmations: [0, 1_000_000],
  max_reorg_blocks: [0, 1_000_000_000],
  segment_blocks: [1, SEGMENT_BLOCKS_MAX],
  max_halt_minutes: [1, 10_080],
  block_bytes_max: [MIB, 512 * MIB],
} as const;
export type BoundedSetting = keyof typeof SETTING_BOUNDS;

/** `15 to 44640` */
export const boundsText = (setting: BoundedSetting): string => {
  const [least, most] = SETTING_BOUNDS[setting];
  return setting === 'after_hours' ? `a minute to ${most} hours` : `${least} to ${most}`;
};

/** A number that lies outside its bounds: version 0.1 had fewer of them. */
export type OutOfBounds = Readonly<{ setting: BoundedSetting; value: number; used: number }>;

const numbersOf = (settings: BackupSettings): readonly (readonly [BoundedSetting, number])[] => {
  const { schedule, agreement } = settings;
  return [
    ...(schedule.kind === 'minutes' ? [['every_minutes', schedule.everyMinutes] as const] : []),
    ...(schedule.kind === 'blocks' ? [['every_blocks', schedule.everyBlocks] as const] : []),
    ...(agreement.kind === 'all_then_quorum' ? [['after_hours', agreement.afterHours] as const] : []),
    ['min_confirmations', settings.minConfirmations],
    ['max_reorg_blocks', settings.maxReorgBlocks ?? REORG_BLOCKS_MAX],
    ['segment_blocks', settings.segmentBlocks],
    ['max_halt_minutes', settings.maxHaltMinutes],
    ['block_bytes_max', settings.blockBytesMax ?? BLOCK_BYTES_MAX],
  ];
};

const nearest = (setting: BoundedSetting, value: number): number => {
  const [least, most] = SETTING_BOUNDS[setting];
  return Math.min(most, Math.max(least, value));
};

/** The numbers of the settings that lie outside their bounds, each with the nearest one that does not. */
export const outOfBounds = (settings: BackupSettings): readonly OutOfBounds[] =>
  numbersOf(settings).flatMap(([setting, value]) => {
    const used = nearest(setting, value);
    return used === value ? [] : [{ setting, value, used }];
  });

/** The settings with every number inside its bounds; the same object when they are. */
export const withinBounds = (settings: BackupSettings): BackupSettings => {
  if (outOfBounds(settings).length === 0) return settings;
  const { schedule, agreement } = settings;
  return {
    ...settings,
    schedule:
      schedule.kind === 'minutes'
        ? { ...schedule, everyMinutes: nearest('every_minutes', schedule.everyMinutes) }
        : schedule.kind === 'blocks'
          ? { ...schedule, everyBlocks: nearest('every_blocks', schedule.everyBlocks) }
          : schedule,
    agreement:
      agreement.kind === 'all_then_quorum'
        ? { ...agreement, afterHours: nearest('after_hours', agreement.afterHours) }
        : agreement,
    minConfirmations: nearest('min_confirmations', settings.minConfirmations),
    maxReorgBlocks: nearest('max_reorg_blocks', settings.maxReorgBlocks ?? REORG_BLOCKS_MAX),
    segmentBlocks: nearest('segment_blocks', settings.segmentBlocks),
    maxHaltMinutes: nearest('max_halt_minutes', settings.maxHaltMinutes),
    blockBytesMax: nearest('block_bytes_max', settings.blockBytesMax ?? BLOCK_BYTES_MAX),
  };
};
