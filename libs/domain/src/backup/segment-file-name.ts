import { toEpochMs, toInstant, type Instant } from '#libs/kernel';

export type Compression = 'none' | 'gzip';

/** What the name of a segment says: inclusive block numbers, and when the range was agreed. */
export type SegmentName = Readonly<{ date: Instant; start: bigint; end: bigint; compression: Compression }>;

/** `{date}-block-{start}-{end}.rlp`, with `.gz` behind it when compressed. */
export const segmentFileName = ({ date, start, end, compression }: SegmentName): string =>
  `${date}-block-${start}-${end}.rlp${compression === 'gzip' ? '.gz' : ''}`;

const NAME =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-block-(0|[1-9]\d{0,18})-(0|[1-9]\d{0,18})\.rlp(\.gz)?$/;

const isInstant = (text: string): boolean => {
  const ms = toEpochMs(text);
  return !Number.isNaN(ms) && toInstant(ms) === text;
};

/** Reads the name of a segment; `undefined` when the file isn't named like one. */
export const readSegmentFileName = (file: string): SegmentName | undefined => {
  const [, date = '', first = '', last = '', suffix] = NAME.exec(file) ?? [];
  if (date === '' || !isInstant(date)) return undefined;
  const start = BigInt(first);
  const end = BigInt(last);
  if (end < start) return undefined;
  return { date, start, end, compression: suffix === undefined ? 'none' : 'gzip' };
};
