import { describe, expect, it } from '@jest/globals';
import { partBytesFor } from './s3-upload.js';

const MB = 1 << 20;
const GB = 1024 * MB;
const EIGHT = 8 * MB;

describe('the parts of an object', () => {
  it.each([
    [20 * MB, 8],
    [3 * GB, 8],
    [6 * GB, 13],
    [20 * GB, 16],
    [100 * GB, 16],
    [200 * GB, 23],
  ])('of %d bytes have %d MB', (bytes, megabytes) => {
    expect(partBytesFor(bytes, EIGHT)).toBe(megabytes * MB);
  });

  it('are never more than S3 takes, and at most 500 while they are small', () => {
    for (let bytes = MB; bytes < 5_000 * GB; bytes *= 1.7) {
      const size = partBytesFor(bytes, EIGHT);
      const parts = Math.ceil(bytes / size);
      expect(parts).toBeLessThanOrEqual(size < 16 * MB ? 500 : 9_000);
    }
  });
});
