import type { ErrorEntry } from './error-entry.js';

export const BUS_ERRORS = {
  BUS_UNAVAILABLE: {
    meaning: 'Kafka did not answer, or not in time.',
    hint: 'Look at the brokers (KAFKA_BROKERS); work goes on by itself once they answer.',
    retryable: true,
    status: 503,
  },
  BUS_DENIED: {
    meaning: 'Kafka refused the identity of this process, or what it wanted to do.',
    hint: 'Check KAFKA_SASL_* and KAFKA_TLS_*, and grant the named operation to this user.',
    retryable: false,
    status: 500,
  },
  BUS_TOPIC_DIFFERS: {
    meaning: 'A topic is there with other settings than this installation needs.',
    hint: 'Change the topic as named, or set KAFKA_PARTITIONS to what it has.',
    retryable: false,
    status: 500,
  },
  RELAY_FENCED: {
    meaning: 'Another relay has taken over while this one was publishing.',
    hint: 'Nothing to do: this relay becomes the standby.',
    retryable: true,
    status: 503,
  },
  MESSAGE_MALFORMED: {
    meaning: 'A message is no CloudEvent of this product (headers, JSON or text encoding).',
    hint: 'Find out who writes to this topic; only the relay does.',
    retryable: false,
    status: 400,
  },
  REQUEST_INVALID: {
    meaning: 'A request on the bus does not have the form of its type.',
    hint: 'Mend the named fields and publish it under a new ce_id.',
    retryable: false,
    status: 400,
  },
  REQUEST_TOO_LARGE: {
    meaning: 'A request on the bus is larger than 64 KiB.',
    hint: 'Send only the fields of its type.',
    retryable: false,
    status: 413,
  },
  REQUEST_UNSIGNED: {
    meaning: 'A request on the bus has no signature that fits it.',
    hint: 'Sign source, id, type, time and body with a registered key; see docs/how-to/publish-requests.md.',
    retryable: false,
    status: 401,
  },
  REQUEST_EXPIRED: {
    meaning: 'A request on the bus came after its expiry, or expires more than 24 hours after its time.',
    hint: 'Publish it again with a new ce_id, time and expiry; check the clock of the producer.',
    retryable: false,
    status: 400,
  },
  REQUEST_DUPLICATE: {
    meaning: 'A request with this source and id was taken before.',
    hint: 'Nothing to do if it was sent twice; a new request needs a new ce_id.',
    retryable: false,
    status: 409,
  },
  REQUEST_OUTDATED: {
    meaning: 'A newer request about the same thing was taken before this one.',
    hint: 'Nothing to do: the newer one holds. Publish a new request if it should not.',
    retryable: false,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
