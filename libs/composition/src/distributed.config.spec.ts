import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { loadConfig } from '#libs/runtime';
import { distributedVariables, toDistributedConfig } from './distributed.config.js';

const read = (env: Record<string, string>) =>
  toDistributedConfig('exporter', loadConfig(z.object(distributedVariables), env));
const MUST = {
  KAFKA_BROKERS: 'a:9092, b:9092',
  DATABASE_URL: 'postgres://u:p@db/chainkeep',
  CHAINKEEP_SECRET_KEY: '0'.repeat(64),
};

describe('the settings of a process', () => {
  it('need brokers, a database and a key; the rest has a default', () => {
    expect(read(MUST)).toMatchObject({
      kafka: { brokers: ['a:9092', 'b:9092'], clientId: 'chainkeep-exporter', partitions: 6 },
      databaseUrl: MUST.DATABASE_URL,
      eventStore: undefined,
      host: '127.0.0.1',
      healthPort: 8_080,
    });
  });

  it('tell the providers of buckets their region, the file of a token, and whether there is a proxy', () => {
    const given = {
      AWS_REGION: 'eu-west-1',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
      https_proxy: 'http://p',
      no_proxy: 'b.example',
    };
    expect(read({ ...MUST, ...given, CHAINKEEP_S3_DIRECT: 'off' }).objectStores).toStrictEqual({
      isS3Direct: false,
      awsRegion: 'eu-west-1',
      webIdentityTokenFile: '/token',
      isProxied: true,
      noProxy: 'b.example',
    });
    expect(read({ ...MUST, HTTPS_PROXY: '' }).objectStores).toMatchObject({
      isS3Direct: true,
      isProxied: false,
    });
  });

  it('give streams the prefix chainkeep, or another, or none', () => {
    const url = 'esdb://a:2113?tls=false';
    const at = (env: Record<string, string>) => read({ ...MUST, EVENTSTORE_URL: url, ...env }).eventStore;
    expect(at({})).toStrictEqual({ url, prefix: 'chainkeep' });
    expect(at({ EVENTSTORE_PREFIX: 'ck2' })).toStrictEqual({ url, prefix: 'ck2' });
    expect(at({ EVENTSTORE_PREFIX: '' })).toStrictEqual({ url, prefix: '' });
    expect(() => at({ EVENTSTORE_PREFIX: 'c.k' })).toThrow(/EVENTSTORE_PREFIX: only a-z and 0-9/);
  });

  it('tell every problem at once, and no value', () => {
    const wrong = { ...MUST, DATABASE_URL: 'mysql://secret', EVENTSTORE_URL: 'http://secret' };
    expect(() => read(wrong)).toThrow(/DATABASE_URL: .*EVENTSTORE_URL: /);
    expect(() => read(wrong)).not.toThrow(/secret/);
    expect(() => read({})).toThrow(/KAFKA_BROKERS.*DATABASE_URL.*CHAINKEEP_SECRET_KEY/);
  });
});
