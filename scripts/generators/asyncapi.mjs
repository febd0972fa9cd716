/** The AsyncAPI document of the topics, from the contracts of events and requests. */
import { EVENT_CONTRACTS, REQUEST_CONTRACTS } from '#libs/contracts';
import { ZERO_HASH } from '#libs/kernel';
import { deadLetterTopic, TOPICS } from '#libs/messaging';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { requestHeaders } from '../../dist/apps/request-intake/src/request-message.js';
import * as targetEvents from '../../dist/libs/contracts/src/target.events.js';
import { attributesSchema } from '../../dist/libs/messaging/src/kafka/cloud-event.js';
import { inRoot } from '../lib/project.mjs';

export const output = 'docs/reference/asyncapi.json';

/** Custom schemas do not describe their form, so their name is found by trying values. */
const customForm = (schema) =>
  schema.safeParse(ZERO_HASH).success
    ? { type: 'string', pattern: '^0x[0-9a-f]{64}$' }
    : { type: 'string', description: 'A code of the error catalogue.' };

const schemaOf = (schema) => {
  const { $schema: _dialect, ...form } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'custom') Object.assign(jsonSchema, customForm(zodSchema));
    },
  });
  return form;
};

const headersOf = (attributes) =>
  schemaOf(
    z.object(
      Object.fromEntries(Object.entries(attributes.shape).map(([name, schema]) => [`ce_${name}`, schema])),
    ),
  );

const keyed = (description) => ({ kafka: { key: { type: 'string', description }, bindingVersion: '0.5.0' } });

const eventMessage = ([type, { version, schema }]) => ({
  name: type,
  title: type,
  summary: `Schema version ${version}.`,
  contentType: 'application/json',
  headers: { $ref: '#/components/schemas/EventHeaders' },
  payload: schemaOf(schema),
  bindings: keyed(
    isOfTarget(schema) ? 'Id of the target.' : 'Id of the environment, else name of the stream.',
  ),
});

const requestMessage = ([type, schema]) => ({
  name: type,
  title: type,
  summary: 'A request of an external producer, signed.',
  contentType: 'application/json',
  headers: { $ref: '#/components/schemas/RequestHeaders' },
  payload: schemaOf(schema),
  bindings: keyed('Id of the target or environment it is about, so that Kafka keeps their order.'),
});

const isOfTarget = (schema) => Object.values(targetEvents).includes(schema);

const sortedByName = (contracts) => Object.entries(contracts).sort(([a], [b]) => (a < b ? -1 : 1));
const named = (entries, prefix, toMessage) =>
  Object.fromEntries(entries.map((entry) => [`${prefix}${entry[0]}`, toMessage(entry)]));
const references = (names) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));

const operation = (action, channel, summary) => ({
  action,
  summary,
  channel: { $ref: `#/channels/${channel}` },
});

const letterChannel = (topic) => ({
  address: deadLetterTopic(topic),
  description: `Records of ${topic} that could not be handled, as they came, with the reason.`,
  messages: references(['DeadLetter']),
});

const DEAD_LETTER = {
  name: 'DeadLetter',
  title: 'A record that could not be handled',
  summary: 'Headers and value of the record, and why it is here.',
  headers: {
    type: 'object',
    required: ['dlq_code', 'dlq_reason', 'dlq_topic', 'dlq_partition', 'dlq_offset', 'dlq_service', 'dlq_at'],
    properties: {
      dlq_code: { type: 'string', description: 'A code of the error catalogue.' },
      dlq_reason: { type: 'string' },
      dlq_topic: { type: 'string' },
      dlq_partition: { type: 'string' },
      dlq_offset: { type: 'string' },
      dlq_service: { type: 'string' },
      dlq_attempts: { type: 'string' },
      dlq_at: { type: 'string', format: 'date-time' },
      dlq_cut_from_bytes: { type: 'string', description: 'Bytes of the value before it was cut to 512 KiB.' },
    },
  },
  payload: {},
};

export const generate = async () => {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const all = sortedByName(EVENT_CONTRACTS);
  const ofTargets = all.filter(([, { schema }]) => isOfTarget(schema));
  const others = all.filter(([, { schema }]) => !isOfTarget(schema));
  const requests = sortedByName(REQUEST_CONTRACTS);
  const names = (entries, prefix = '') => entries.map(([type]) => `${prefix}${type}`);
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Chainkeep topics',
      version,
      description:
        'Committed events and requests on Kafka, as CloudEvents in binary mode. Block numbers are decimal strings: JSON loses digits of large integers. Readers use the isolation level read_committed. See docs/how-to/publish-requests.md.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      kafka: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'KAFKA_BROKERS of the installation; TLS and SASL as it is set up.',
        variables: { brokers: { default: 'localhost:9092' } },
      },
    },
    channels: {
      events: {
        address: TOPICS.events,
        description:
          'Committed events of environments, backups, consortia, members, configurations and requests.',
        messages: references(names(others)),
      },
      deliveries: {
        address: TOPICS.deliveries,
        description: 'Committed events of targets.',
        messages: references(names(ofTargets)),
      },
      requests: {
        address: TOPICS.requests,
        description: 'Requests of external producers.',
        messages: references(names(requests, 'Request')),
      },
      eventLetters: letterChannel(TOPICS.events),
      deliveryLetters: letterChannel(TOPICS.deliveries),
      requestLetters: letterChannel(TOPICS.requests),
    },
    operations: {
      publishEvents: operation('send', 'events', 'The relay publishes each committed event once.'),
      publishDeliveries: operation('send', 'deliveries', 'The relay publishes each committed event once.'),
      takeRequests: operation(
        'receive',
        'requests',
        'Requests are recorded once per source and id for good.',
      ),
      refuseRequests: operation('send', 'requestLetters', 'What is refused is kept with its reason.'),
    },
    components: {
      schemas: { EventHeaders: headersOf(attributesSchema), RequestHeaders: schemaOf(requestHeaders) },
      messages: {
        ...named(all, '', eventMessage),
        ...named(requests, 'Request', requestMessage),
        DeadLetter: DEAD_LETTER,
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
