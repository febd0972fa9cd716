/*
 * Publishes a request to Chainkeep with kafkajs:
 *
 *     KAFKA_BROKERS=host:port node publish-request.mjs <private key in PEM> <member>/<key> <source> <type> <body>
 */
import { readFileSync } from 'node:fs';
import { Kafka, Partitioners } from 'kafkajs';
import { signRequest } from './sign-request.mjs';

const [keyFile, kid, source, type, body] = process.argv.slice(2);
const key = readFileSync(keyFile, 'utf8');
const { environmentId, targetId } = JSON.parse(body);

const kafka = new Kafka({ clientId: 'erp', brokers: process.env.KAFKA_BROKERS.split(',') });
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true });
await producer.connect();
await producer.send({
  topic: 'chainkeep.requests',
  acks: -1,
  // One key for everything about one environment or target: Kafka then keeps its order.
  messages: [
    {
      key: targetId ?? environmentId,
      value: body,
      headers: await signRequest({ key, kid, source, type, body }),
    },
  ],
});
await producer.disconnect();
