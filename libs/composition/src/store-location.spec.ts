import { describe, expect, it } from '@jest/globals';
import { describeStore, hostsAndPath } from './store-location.js';

const PASSWORDS = ['s3cret', 's3/cret', 's3@cret', 's3?cret', 's3%2Fcret'];

describe('where a store is, in words', () => {
  it.each(PASSWORDS)('never holds the password %s', (password) => {
    const url = `postgres://ck:${password}@db:5432/chainkeep?ssl=true`;
    expect(hostsAndPath(url)).toStrictEqual({ hosts: 'db:5432', path: 'chainkeep' });
    const eventStore = { url: `esdb://ck:${password}@a:2113,b:2113?tls=true`, prefix: 'ck' };
    expect(describeStore({ eventStore, databaseUrl: url, home: '' })).toBe(
      'EventStoreDB at a:2113,b:2113 (prefix ck)',
    );
  });
});
