import type { ErrorEntry } from './error-entry.js';

export const API_ERRORS = {
  INTERNAL: {
    meaning: 'An unexpected error occurred.',
    hint: 'Try again. If it happens again, report it with the correlation ID and the log lines around it.',
    retryable: true,
    status: 500,
  },
  INPUT_INVALID: {
    meaning: 'A request, parameter, file or setting is not valid.',
    hint: 'Correct the fields named in the message and try again.',
    retryable: false,
    status: 400,
  },
  AUTH_REQUIRED: {
    meaning: 'The request has no API key.',
    hint: 'Send the header "Authorization: Bearer <key>". The operator key was printed when the service first started.',
    retryable: false,
    status: 401,
  },
  AUTH_INVALID: {
    meaning: 'The API key is unknown or was revoked.',
    hint: 'Use a valid key, or ask an operator for a new one.',
    retryable: false,
    status: 401,
  },
  AUTH_FORBIDDEN: {
    meaning: 'This API key is not allowed to do that.',
    hint: 'Use a key with the required role, or ask an operator.',
    retryable: false,
    status: 403,
  },
  RESOURCE_NOT_FOUND: {
    meaning: 'The resource does not exist; it may have been deleted.',
    hint: 'Check the ID against the list of existing resources.',
    retryable: false,
    status: 404,
  },
  RESOURCE_EXISTS: {
    meaning: 'The ID is already in use, or was used before. IDs are permanent and cannot be reused.',
    hint: 'Choose another ID, or change the existing resource.',
    retryable: false,
    status: 409,
  },
  PRECONDITION_FAILED: {
    meaning: 'The resource changed after you read it, so If-Match no longer matches.',
    hint: 'Read it again, apply your change to the current version and send it with the new ETag.',
    retryable: false,
    status: 412,
  },
  RATE_LIMITED: {
    meaning: 'Too many requests from one client.',
    hint: 'Wait for the number of seconds in the Retry-After header, then try again.',
    retryable: true,
    status: 429,
  },
  BODY_TOO_LARGE: {
    meaning: 'The request body is too large.',
    hint: 'Split the request into smaller ones.',
    retryable: false,
    status: 413,
  },
  CONFIG_INVALID: {
    meaning: 'A setting or the network file is not valid.',
    hint: 'Correct every problem in the message and try again. Nothing was changed.',
    retryable: false,
    status: 400,
  },
  SERVICE_UNREACHABLE: {
    meaning: 'The command line could not reach the service.',
    hint: 'Start the service with "npm start", or set CHAINKEEP_URL to its address.',
    retryable: true,
    status: 503,
  },
  PORT_IN_USE: {
    meaning: 'The port that the service should listen on is in use.',
    hint: 'Stop the other program, or set CHAINKEEP_PORT to another port (0 for any free one).',
    retryable: true,
    status: 500,
  },
  SERVICE_OUTDATED: {
    meaning: 'The service is older than the command line and cannot do what the command needs.',
    hint: 'Upgrade the service, or use the command line of the same version as the service.',
    retryable: false,
    status: 501,
  },
  WEBHOOK_FAILED: {
    meaning: 'The webhook receiver did not accept a notification.',
    hint: 'Check the receiver at the webhook URL. Chainkeep retries for one hour.',
    retryable: true,
    status: 502,
  },
  URL_REFUSED: {
    meaning: 'A URL points to an address that is not allowed, such as a cloud metadata service.',
    hint: 'Use the address of the node, store or webhook receiver itself.',
    retryable: false,
    status: 400,
  },
} as const satisfies Record<string, ErrorEntry>;
