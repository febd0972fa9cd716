import type { ErrorEntry } from './error-entry.js';

export const STORE_ERRORS = {
  REVISION_CONFLICT: {
    meaning: 'Something else changed the same data at the same time.',
    hint: 'Chainkeep retries by itself. If you see this in an API answer, send the request again.',
    retryable: true,
    status: 409,
  },
  STORE_UNAVAILABLE: {
    meaning: 'The event store could not be read or written.',
    hint: 'Check the store (disk space, connection). Work resumes when it answers.',
    retryable: true,
    status: 503,
  },
  STORE_NEWER: {
    meaning: 'A newer version of Chainkeep wrote the store.',
    hint: 'Start that version or a later one. This version changed nothing.',
    retryable: false,
    status: 500,
  },
  STORE_REWOUND: {
    meaning: 'The event store is an older copy of itself: events that were read before are gone.',
    hint: 'Put the newer store back, or run "chainkeep store accept" to go on from what this one has.',
    retryable: true,
    status: 503,
  },
  STORE_IN_USE: {
    meaning: 'Another process is using the data directory.',
    hint: 'Stop the other process, or set CHAINKEEP_HOME to another directory.',
    retryable: false,
    status: 500,
  },
  STORE_NOT_EMPTY: {
    meaning: 'The store already has events; an export can only be imported into an empty store.',
    hint: 'Import into a new database or data directory.',
    retryable: false,
    status: 409,
  },
  STORE_FILE_INVALID: {
    meaning: 'The file is not a store export, or it is damaged or incomplete.',
    hint: 'Export the store again. Nothing was imported.',
    retryable: false,
    status: 422,
  },
  EVENT_UNKNOWN: {
    meaning: 'An event has a type or schema version that this version does not know.',
    hint: 'Update this service: a newer version wrote the event. Events with the same key wait until then.',
    retryable: true,
    status: 500,
  },
  EVENT_INVALID: {
    meaning: 'A stored event does not match its schema.',
    hint: 'Report it with the log lines around it: events are checked before they are stored, so this should not happen.',
    retryable: false,
    status: 500,
  },
  EVENT_TOO_LARGE: {
    meaning: 'An event is larger than the store accepts.',
    hint: 'Report it with the log lines around it: events are limited in size, so this should not happen.',
    retryable: false,
    status: 413,
  },
  SECRET_UNREADABLE: {
    meaning: 'A stored secret cannot be decrypted with the current key.',
    hint: 'Start with the key that encrypted the secret (CHAINKEEP_SECRET_KEY or its file), or enter the secret again.',
    retryable: false,
    status: 500,
  },
  PROJECTION_DIVERGED: {
    meaning: 'A rebuilt history differs from the live one.',
    hint: 'The live history is kept. Report the error with both documents.',
    retryable: false,
    status: 500,
  },
} as const satisfies Record<string, ErrorEntry>;
