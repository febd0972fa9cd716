import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, faultOf, type ErrorCode } from './catalogue.js';
import { CodedError, isOurs, toCodedError } from './coded-error.js';

describe('whose fault a code is', () => {
  it('is said of every code of a node, a target, a store and the bus', () => {
    const codes = Object.keys(CATALOGUE) as ErrorCode[];
    const faults = (prefix: string) => [...new Set(codes.filter((c) => c.startsWith(prefix)).map(faultOf))];
    expect(faults('BUS_')).toStrictEqual(['ours']);
    expect(faults('NODE_').filter((fault) => fault === 'ours')).toStrictEqual([]);
    expect(faults('TARGET_').filter((fault) => fault === 'ours')).toStrictEqual([]);
    for (const code of [
      'STORE_UNAVAILABLE',
      'SECRET_UNREADABLE',
      'DISK_UNAVAILABLE',
      'EVENT_UNKNOWN',
    ] as const)
      expect(faultOf(code)).toBe('ours');
    for (const code of ['NODE_TIMEOUT', 'TARGET_DENIED', 'VALIDATOR_UNREACHABLE'] as const)
      expect(faultOf(code)).toBe('theirs');
  });

  it('is ours when something of ours is the cause, however it was wrapped', () => {
    const store = new CodedError('STORE_UNAVAILABLE', 'Away.');
    expect(isOurs(store)).toBe(true);
    expect(isOurs(new CodedError('MANAGED_UNAVAILABLE', 'No bucket.', { cause: store }))).toBe(true);
    expect(isOurs(new CodedError('TARGET_DENIED', 'No.'))).toBe(false);
    expect(isOurs(new Error('a bug'))).toBe(false);
  });

  it('is ours for the own disk, and theirs for the disk of a target', () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    expect(toCodedError(full).code).toBe('DISK_UNAVAILABLE');
    expect(isOurs(full)).toBe(true);
    expect(isOurs(new CodedError('TARGET_FULL', 'No space left.', { cause: full }))).toBe(false);
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' });
    expect(toCodedError(missing).code).toBe('INTERNAL');
  });
});
