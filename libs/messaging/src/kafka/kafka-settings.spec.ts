import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { kafkaVariables, toKafkaSettings } from './kafka-settings.js';

const variables = z.object({ ...kafkaVariables, caFile: kafkaVariables.file });

describe('Kafka settings', () => {
  it('needs brokers only', () => {
    const settings = toKafkaSettings('app', variables.parse({ brokers: 'a:9092, [::1]:9093' }));
    expect(settings).toStrictEqual({
      brokers: ['a:9092', '[::1]:9093'],
      prefix: 'chainkeep',
      clientId: 'chainkeep-app',
      tls: undefined,
      sasl: undefined,
      sessionTimeoutMs: 30_000,
      partitions: 6,
      replicationFactor: -1,
    });
  });

  it('puts a prefix before the id of the client, and takes letters and digits only', () => {
    const settings = toKafkaSettings('relay', variables.parse({ brokers: 'a:1', prefix: 'ck2' }));
    expect(settings).toMatchObject({ prefix: 'ck2', clientId: 'ck2-relay' });
    for (const prefix of ['', 'CK', 'c.k', 'c-k'])
      expect(variables.safeParse({ brokers: 'a:1', prefix }).success).toBe(false);
  });

  it('switches TLS on by a file, SASL on by a mechanism', () => {
    const parsed = variables.parse({
      ...{ brokers: 'a:1', caFile: 'ca.pem' },
      ...{ saslMechanism: 'scram-sha-512', saslUsername: 'u', saslPassword: 'p' },
    });
    expect(toKafkaSettings('app', parsed)).toMatchObject({
      tls: { caFile: 'ca.pem' },
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    });
    expect(toKafkaSettings('app', variables.parse({ brokers: 'a:1', tls: 'true' })).tls).toBeDefined();
  });

  it.each(['', 'host', 'a:1,,b:2', 'http://a:1/', 'a:123456'])('refuses the brokers %p', (brokers) => {
    expect(variables.safeParse({ brokers }).success).toBe(false);
  });
});
