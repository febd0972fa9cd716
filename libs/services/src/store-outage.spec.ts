import { describe, expect, it } from '@jest/globals';
import { CodedError } from '#libs/kernel';
import { SystemClock } from '#libs/runtime';
import { storeOutage } from './store-outage.js';

type Ports = Parameters<typeof storeOutage>[0];
const asked = async (head: () => Promise<unknown>): Promise<string | undefined> => {
  const outage = await storeOutage({
    clock: new SystemClock(),
    store: { head } as unknown as Ports['store'],
    readModels: { active: () => Promise.resolve(undefined) } as unknown as Ports['readModels'],
  });
  return outage?.code;
};

describe('what keeps a process from working', () => {
  it('is nothing when the stores answer', async () => {
    expect(await asked(() => Promise.resolve(1n))).toBeUndefined();
  });

  it.each<[string, Error, string]>([
    ['no code', new Error('connect ECONNREFUSED 127.0.0.1:2113'), 'STORE_UNAVAILABLE'],
    ['the code of a bug', new CodedError('INTERNAL', 'a bug'), 'STORE_UNAVAILABLE'],
    ['a code of the store', new CodedError('STORE_NEWER', 'damaged'), 'STORE_NEWER'],
  ])('is the store when it fails with %s', async (_name, error, code) => {
    expect(await asked(() => Promise.reject(error))).toBe(code);
  });
});
