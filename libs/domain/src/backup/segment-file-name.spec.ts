import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { readSegmentFileName, segmentFileName } from './segment-file-name.js';

describe('segment names', () => {
  const name = { date: '2022-08-09T18:00:00.295Z', start: 0n, end: 100_000n, compression: 'none' } as const;

  it('are written and read', () => {
    expect(segmentFileName(name)).toBe('2022-08-09T18:00:00.295Z-block-0-100000.rlp');
    expect(segmentFileName({ ...name, compression: 'gzip' })).toBe(
      '2022-08-09T18:00:00.295Z-block-0-100000.rlp.gz',
    );
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.bigInt(0n, 100_000n), fc.boolean(), (start, more, isGzip) => {
        const any = { ...name, start, end: start + more, compression: isGzip ? 'gzip' : 'none' } as const;
        expect(readSegmentFileName(segmentFileName(any))).toEqual(any);
      }),
    );
  });

  it.each([
    '2022-08-09T18:00:00.295Z-block-5-4.rlp',
    '2022-02-31T18:00:00.295Z-block-0-4.rlp',
    '2022-08-09T18:00:00Z-block-0-4.rlp',
    '2022-08-09T18:00:00.295Z-block-00-4.rlp',
    '../2022-08-09T18:00:00.295Z-block-0-4.rlp',
    '2022-08-09T18:00:00.295Z-block-0-4.rlp.bz2',
    '2022-08-09T18:00:00.295Z-block-0-4.rlp\n',
    'backup_snapshot.json',
  ])('%j is not read as one', (file) => {
    expect(readSegmentFileName(file)).toBeUndefined();
  });
});
