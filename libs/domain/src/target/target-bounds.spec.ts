import { describe, expect, it } from '@jest/globals';
import { assertDetails, detailOf } from './target-bounds.js';

describe('numbers among the details of a target', () => {
  it.each([
    { max_transfers: 0 },
    { max_transfers: 65 },
    { max_transfers: 2.5 },
    { max_transfers: '8' },
    { max_transfers: 2 ** 53 },
    { max_bytes_per_second: 1 },
    { max_bytes_per_second: 1e15 },
    { max_bytes_per_second: -1 },
  ])('%j is refused with the bounds', (details) => {
    const [name] = Object.keys(details);
    expect(() => {
      assertDetails(details);
    }).toThrow(new RegExp(`^details\\.${name!}: must be a whole number, \\d+ to \\d+\\.$`));
  });

  it('at the bounds, and none at all, are taken', () => {
    assertDetails({ max_transfers: 1, max_bytes_per_second: 1_024 });
    assertDetails({ max_transfers: 64, max_bytes_per_second: 2 ** 40 });
    assertDetails({ bucket: 'b' });
    expect(detailOf({ max_transfers: 64 }, 'max_transfers')).toBe(64);
    expect(detailOf({}, 'max_transfers')).toBeUndefined();
  });

  it('that version 0.1 recorded stay until they are changed, and the nearest is used', () => {
    const before = { max_transfers: 1_000_000 };
    assertDetails({ ...before, bucket: 'other' }, before);
    expect(() => {
      assertDetails({ max_transfers: 1_000_001 }, before);
    }).toThrow('1 to 64');
    expect(detailOf(before, 'max_transfers')).toBe(64);
    expect(detailOf({ max_bytes_per_second: 3.5 }, 'max_bytes_per_second')).toBe(1_024);
    expect(detailOf({ max_transfers: 'eight' }, 'max_transfers')).toBeUndefined();
  });
});
