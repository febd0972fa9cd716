import { CodedError, durationMs } from '#libs/kernel';
import { REORG_BLOCKS_MAX } from '../backup/replacement.js';
import { assertSchedule } from '../schedule/slots.js';
import type { BackupSettings } from './environment.events.js';
import { BLOCK_BYTES_MAX, boundsText, outOfBounds } from './setting-bounds.js';

/** A year. */
const BLOCK_WITHIN_MS_MAX = 366 * 24 * 3_600_000;

const isDuration = (text: string | undefined): boolean =>
  text === undefined || (durationMs(text) ?? Infinity) <= BLOCK_WITHIN_MS_MAX;

/** Refuses settings that could not work, naming each. */
export const assertSettings = (settings: BackupSettings): void => {
  assertSchedule(settings.schedule);
  const { segmentBlocks, minConfirmations, maxHaltMinutes, blockBytesMax = BLOCK_BYTES_MAX } = settings;
  const whole = Object.entries({
    segment_blocks: segmentBlocks,
    min_confirmations: minConfirmations,
    max_reorg_blocks: settings.maxReorgBlocks ?? REORG_BLOCKS_MAX,
    max_halt_minutes: maxHaltMinutes,
    block_bytes_max: blockBytesMax,
  });
  const wrong = [
    ...whole.flatMap(([name, value]) => (Number.isInteger(value) ? [] : [`${name} must be a whole number`])),
    ...outOfBounds(settings).map(({ setting }) => `${setting} must be ${boundsText(setting)}`),
    ...(isDuration(settings.expectedBlockWithin)
      ? []
      : [
          'expected_block_within must be an ISO 8601 duration like PT10M, at most a year, or PT0S to turn it off',
        ]),
  ];
  if (wrong.length > 0) throw new CodedError('INPUT_INVALID', `${wrong.join('; ')}.`);
};
