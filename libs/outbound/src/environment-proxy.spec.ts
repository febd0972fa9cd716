import { describe, expect, it } from '@jest/globals';
import { isExemptFromProxy } from './environment-proxy.js';

describe('whether NO_PROXY exempts a host', () => {
  it.each<[boolean, string, string | undefined]>([
    [false, 'a.example', undefined],
    [false, 'a.example', ''],
    [true, 'a.example', 'b.example, A.example'],
    [false, 'x.a.example', 'a.example'],
    [true, 'X.a.example', '.a.example'],
    [true, 'a.example', '*.a.example'],
    [false, 'xa.example', '.a.example'],
    [true, '[::1]', '::1'],
    [true, '::1', '[::1]'],
    [true, 'a.example', 'b.example,*'],
  ])('%s for %s and %j', (expected, host, noProxy) => {
    expect(isExemptFromProxy(host, noProxy)).toBe(expected);
  });
});
