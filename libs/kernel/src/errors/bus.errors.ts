import type { ErrorEntry } from './error-entry.js';

export const BUS_ERRORS = {
  BUS_UNAVAILABLE: {
    meaning: 'Kafka did not answer in time.',
    hint: 'Check the brokers in KAFKA_BROKERS. Work resumes when they answer.',
    retryable: true,
    fault: 'ours',
    status: 503,
  },
  BUS_DENIED: {
    meaning: 'Kafka rejected the credentials of this process or denied an operation.',
    hint: 'Check KAFKA_SASL_* and KAFKA_TLS_*, and grant this user the operation named in the message.',
    retryable: false,
    fault: 'ours',
    status: 500,
  },
  BUS_TOPIC_DIFFERS: {
    meaning: 'A topic exists with settings that this installation cannot use.',
    hint: 'Change the topic as the message says, or set KAFKA_PARTITIONS to its number of partitions.',
    retryable: false,
    fault: 'ours',
    status: 500,
  },
  BUS_FOREIGN: {
    meaning: 'The topics on Kafka belong to another installation. Nothing was published or consumed.',
    hint: 'Set KAFKA_PREFIX to a prefix that no other installation on this cluster uses. If the topics should be the ones of this installation, check KAFKA_BROKERS and the event store.',
    retryable: false,
    fault: 'ours',
    status: 500,
  },
  RELAY_FENCED: {
    meaning: 'Another relay took over while this one was publishing.',
    hint: 'No action needed: this relay is now the standby.',
    retryable: true,
    fault: 'ours',
    status: 503,
  },
  EVENT_NOT_HERE: {
    meaning: 'A message on the bus names an event that the event store does not have.',
    hint: 'The message was set aside and nothing else is held up. The topics are newer than the event store: find out whether an older copy of the store was put back.',
    retryable: false,
    status: 409,
  },
  MESSAGE_MALFORMED: {
    meaning: 'A message is not a valid Chainkeep CloudEvent: its headers, JSON or encoding are wrong.',
    hint: 'Find out what writes to this topic. Only the relay should.',
    retryable: false,
    status: 400,
  },
  REQUEST_INVALID: {
    meaning: 'A request on the bus does not match the schema of its type.',
    hint: 'Correct the fields named in the message and publish the request with a new ce_id.',
    retryable: false,
    status: 400,
  },
  REQUEST_TOO_LARGE: {
    meaning: 'A request on the bus is larger than 64 KiB.',
    hint: 'Send only the fields that its type defines.',
    retryable: false,
    status: 413,
  },
  REQUEST_UNSIGNED: {
    meaning: 'A request on the bus has no valid signature.',
    hint: 'Sign source, id, type, time and body with a registered key; see docs/how-to/publish-requests.md.',
    retryable: false,
    status: 401,
  },
  REQUEST_EXPIRED: {
    meaning: 'A request on the bus has expired, or its expiry is more than 24 hours after its time.',
    hint: 'Check the clock of the producer, then publish the request again with a new ce_id, time and expiry.',
    retryable: false,
    status: 400,
  },
  REQUEST_DUPLICATE: {
    meaning: 'A request with this source and ID was already accepted.',
    hint: 'No action needed if it was sent twice. For a new request, use a new ce_id.',
    retryable: false,
    status: 409,
  },
  REQUEST_OUTDATED: {
    meaning: 'A newer request for the same resource was already accepted.',
    hint: 'No action needed: the newer request applies. To change it, publish a new request.',
    retryable: false,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
