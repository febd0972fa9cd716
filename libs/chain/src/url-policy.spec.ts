import { describe, expect, it } from '@jest/globals';

import { describeEndpoint, endpointKind, normaliseEndpoint } from './endpoint.js';
import { assertUrlAllowed, guardedLookup, isHostRefused } from './url-policy.js';

describe('the URL policy', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.1.1:8545',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://0xa9.254.43518/',
    'ws://0xa9fea9fe:8546',
    'http://[fe80::1]:8545',
    'http://[febf::1]',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[fd00:ec2::254]/',
    'http://metadata.google.internal/',
    'http://METADATA.google.internal./',
    'http://100.100.100.200/',
  ])('refuses %s', (url) => {
    expect(() => {
      assertUrlAllowed(url);
    }).toThrow(expect.objectContaining({ code: 'URL_REFUSED' }));
  });

  it.each([
    'http://127.0.0.1:8545',
    'http://10.0.0.5:8545',
    'https://node.example.org/rpc',
    'http://[::1]:8545',
    'http://[2001:db8::1]',
    'http://169.253.1.1',
    'http://metadata.example.org',
  ])('allows %s', (url) => {
    expect(() => {
      assertUrlAllowed(url);
    }).not.toThrow();
  });

  it('judges addresses that a name resolved to', () => {
    expect(isHostRefused('169.254.169.254')).toBe(true);
    expect(isHostRefused('fe80::1%eth0')).toBe(true);
    expect(isHostRefused('192.168.1.1')).toBe(false);
  });
});

describe('guardedLookup', () => {
  const resolve = (name: string): Promise<unknown> =>
    new Promise((done, fail) => {
      guardedLookup(name, { all: true }, (error, addresses) => {
        if (error) fail(error);
        else done(addresses);
      });
    });

  it('resolves names, and refuses those that lead to a refused address', async () => {
    expect(await resolve('localhost')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ address: expect.stringMatching(/^(127.0.0.1|::1)$/) }),
      ]),
    );
    await expect(resolve('169.254.169.254')).rejects.toMatchObject({ code: 'URL_REFUSED' });
  });
});

describe('an endpoint', () => {
  it('moves the credentials of its URL to auth', () => {
    const endpoint = normaliseEndpoint({ url: 'https://user:p%40ss@node.example.org/rpc' });
    expect(endpoint.url).toBe('https://node.example.org/rpc');
    expect(endpoint.auth?.basic).toEqual({ username: 'user', password: 'p@ss' });
  });

  it('is described without secrets', () => {
    const url = 'https://user:secret@node.example.org:8545/v3/0123456789abcdef0123?key=secret';
    expect(describeEndpoint({ url })).toBe('https://node.example.org:8545/v3/***');
    expect(describeEndpoint({ url: '/var/run/geth.ipc' })).toBe('/var/run/geth.ipc');
  });

  it('is known by its scheme, and refused without one', () => {
    expect(endpointKind({ url: 'wss://a' })).toBe('websocket');
    expect(endpointKind({ url: '/geth.ipc' })).toBe('ipc');
    for (const url of ['ftp://a', 'nonsense', '']) {
      expect(() => endpointKind({ url })).toThrow(expect.objectContaining({ code: 'NODE_URL_INVALID' }));
    }
  });

  it('refuses a proxy that is none', () => {
    expect(() => normaliseEndpoint({ url: 'http://a', proxy: 'socks5://b' })).toThrow(
      expect.objectContaining({ code: 'NODE_URL_INVALID' }),
    );
  });
});
