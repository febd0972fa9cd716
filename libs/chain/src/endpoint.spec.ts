import { describe, expect, it } from '@jest/globals';

import { describeEndpoint, endpointKind, normaliseEndpoint, placeOf } from './endpoint.js';

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

describe('placeOf', () => {
  it('is equal for what one URL reaches, whatever credentials are sent', () => {
    const url = 'http://nodes.example/v1';
    expect(placeOf({ url })).toBe(placeOf({ url: 'http://NODES.example:80/v1', auth: { bearer: 'secret' } }));
    const keyed = { url, auth: { headers: { 'X-Api-Key': 'secret' } } };
    expect(placeOf(keyed)).toBe(placeOf({ url }));
  });

  it('tells nodes behind one address apart by path, query, port, scheme and the headers that route', () => {
    const places = [
      { url: 'http://nodes.example/v1' },
      { url: 'http://nodes.example/v2' },
      { url: 'http://nodes.example/v1?node=2' },
      { url: 'http://nodes.example:8080/v1' },
      { url: 'ws://nodes.example/v1' },
      { url: 'http://nodes.example/v1', auth: { headers: { 'X-Node': '2' } } },
      { url: '/data/v1.ipc' },
      { url: '/data/v2.ipc' },
    ].map(placeOf);
    expect(new Set(places).size).toBe(places.length);
  });
});
