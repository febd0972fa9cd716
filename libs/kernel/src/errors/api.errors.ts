import type { ErrorEntry } from './error-entry.js';

export const API_ERRORS = {
  INTERNAL: {
    meaning: 'Something failed that has no code of its own.',
    hint: 'Try again; if it persists, report it with the correlation id and the log lines around it.',
    retryable: true,
    status: 500,
  },
  INPUT_INVALID: {
    meaning: 'A body, parameter, message, file or setting does not have the expected form.',
    hint: 'Mend the named fields and send it again.',
    retryable: false,
    status: 400,
  },
  AUTH_REQUIRED: {
    meaning: 'The request carries no key.',
    hint: 'Send "Authorization: Bearer <key>"; the first start of the service printed one.',
    retryable: false,
    status: 401,
  },
  AUTH_INVALID: {
    meaning: 'The key is unknown or was revoked.',
    hint: 'Use a current key or let an operator issue one.',
    retryable: false,
    status: 401,
  },
  AUTH_FORBIDDEN: {
    meaning: 'The key may not do this.',
    hint: 'Ask an operator, or use a key with the role that is named.',
    retryable: false,
    status: 403,
  },
  RESOURCE_NOT_FOUND: {
    meaning: 'There is no such resource (it may have been deleted).',
    hint: 'Check the id; list the resources of its kind.',
    retryable: false,
    status: 404,
  },
  RESOURCE_EXISTS: {
    meaning: 'A resource with this id exists already or existed before; ids are permanent.',
    hint: 'Choose another id, or PATCH the existing resource.',
    retryable: false,
    status: 409,
  },
  PRECONDITION_FAILED: {
    meaning: 'The resource changed since it was read (If-Match does not fit).',
    hint: 'Read it again, apply your change to what is there now, and send it with the new ETag.',
    retryable: false,
    status: 412,
  },
  RATE_LIMITED: {
    meaning: 'Too many requests from one client.',
    hint: 'Wait for the time in Retry-After.',
    retryable: true,
    status: 429,
  },
  BODY_TOO_LARGE: {
    meaning: 'The body is larger than the service takes.',
    hint: 'Send less at once.',
    retryable: false,
    status: 413,
  },
  CONFIG_INVALID: {
    meaning: 'A setting or the network file is wrong.',
    hint: 'Mend every place that is named; nothing was applied.',
    retryable: false,
    status: 400,
  },
  SERVICE_UNREACHABLE: {
    meaning: 'The command line could not reach the service.',
    hint: 'Start it (npm start) or point CHAINKEEP_URL at it.',
    retryable: true,
    status: 503,
  },
  WEBHOOK_FAILED: {
    meaning: 'The receiver of notifications did not take one.',
    hint: 'Look at the receiver behind the webhook URL; it is tried again for an hour.',
    retryable: true,
    status: 502,
  },
  URL_REFUSED: {
    meaning: 'A URL points at an address that the policy does not allow (such as a cloud metadata service).',
    hint: 'Use the address of the node or store itself.',
    retryable: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorEntry>;
