/**
 * @proves Kafka works over TLS with client certificates and SASL (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512), and wrong credentials are refused with a code.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TOPICS, type KafkaSettings } from '#libs/messaging';
import { committed, consumerOf, describeKafka, KafkaBench, until } from '../support/worlds/kafka-bench.js';
import type { KafkaClient } from '../support/worlds/kafka-clients.js';
import { HAS_OPENSSL, makeCertificates } from '../support/servers/tls-certificates.js';

const inline = (pem: string): string => pem.trim().replaceAll('\n', '\\n');
const onListener = (...lines: string[]): string[] => lines.map((line) => `listener.name.sasl_ssl.${line}`);

const suite = (client: KafkaClient): void => {
  let bench: KafkaBench;
  let directory: string;
  let secure: KafkaSettings;

  beforeAll(async () => {
    const { ca, server, client: own } = makeCertificates();
    bench = await KafkaBench.start(2, {
      client,
      secure: onListener(
        'ssl.keystore.type=PEM',
        `ssl.keystore.certificate.chain=${inline(server.cert)}`,
        `ssl.keystore.key=${inline(server.key)}`,
        'ssl.truststore.type=PEM',
        `ssl.truststore.certificates=${inline(ca)}`,
        'ssl.client.auth=required',
        'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
        'plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_chainkeep="right";',
        ...['scram-sha-256', 'scram-sha-512'].map(
          (mechanism) =>
            `${mechanism}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
        ),
      ),
      // Each mechanism has its own user, whom the others don't know.
      scram: [
        'SCRAM-SHA-256=[name=scram-256,password=right-256]',
        'SCRAM-SHA-512=[name=scram-512,password=right-512]',
      ],
    });
    directory = await mkdtemp(join(tmpdir(), 'chainkeep-tls-'));
    const files = { ca, cert: own.cert, key: own.key };
    for (const [name, pem] of Object.entries(files)) await writeFile(join(directory, name), pem);
    secure = {
      ...bench.settings,
      brokers: [bench.broker.secureAddress],
      tls: {
        caFile: join(directory, 'ca'),
        certFile: join(directory, 'cert'),
        keyFile: join(directory, 'key'),
      },
      sasl: { mechanism: 'plain', username: 'chainkeep', password: 'right' },
    };
  });
  afterAll(async () => {
    await bench.close();
    await rm(directory, { recursive: true });
  });

  it.each([
    { mechanism: 'plain', username: 'chainkeep', password: 'right' },
    { mechanism: 'scram-sha-256', username: 'scram-256', password: 'right-256' },
    { mechanism: 'scram-sha-512', username: 'scram-512', password: 'right-512' },
  ] as const)('publishes and consumes with a client certificate and a password, $mechanism', async (sasl) => {
    const kafka = { ...secure, sasl };
    await client.ensureTopics(kafka, bench);
    const seen: string[] = [];
    const service = `secure-${sasl.mechanism}`;
    const { close } = await bench.listen(service, [consumerOf('Secure', ({ ce }) => seen.push(ce.id))], {
      kafka,
    });
    const publisher = client.createPublisher({ kafka, clock: bench.clock, log: bench.log });
    const term = await publisher.takeOver(new AbortController().signal);
    const event = committed('Secure', 'backup-s', {});
    await term.publish([publisher.prepare(event)]);
    await until('the event', () => seen.includes(event.id));
    await term.end();
    await publisher.close();
    await close();
    expect(await bench.lagOf(service, TOPICS.events)).toBeLessThanOrEqual(1n);
  });

  it.each([
    [
      'a wrong password',
      { sasl: { mechanism: 'plain', username: 'chainkeep', password: 'wrong' } },
      'BUS_DENIED',
    ],
    [
      'a wrong password of SCRAM',
      { sasl: { mechanism: 'scram-sha-512', username: 'scram-512', password: 'wrong' } },
      'BUS_DENIED',
    ],
    [
      'a user another mechanism knows',
      { sasl: { mechanism: 'scram-sha-256', username: 'scram-512', password: 'right-512' } },
      'BUS_DENIED',
    ],
    ['an authority nobody knows', { tls: {} }, 'BUS_DENIED'],
    ['a file that is not there', { tls: { caFile: '/nowhere/ca.pem' } }, 'CONFIG_INVALID'],
  ] as const)('says what is wrong: %s', async (_what, wrong, code) => {
    await expect(client.ensureTopics({ ...secure, ...wrong }, bench)).rejects.toMatchObject({ code });
    expect(bench.logged.join('\n')).not.toContain('wrong"');
  });
};

describeKafka('Kafka with TLS and SASL', suite, HAS_OPENSSL ? undefined : describe.skip);
