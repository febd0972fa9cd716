import type { ErrorEntry } from './error-entry.js';

export const STORE_ERRORS = {
  REVISION_CONFLICT: {
    meaning: 'A stream was changed by somebody else since it was read.',
    hint: 'Nothing to do: the decision is taken again on the new state; if it leaves the service, send the request again.',
    retryable: true,
    status: 409,
  },
  STORE_UNAVAILABLE: {
    meaning: 'The event store did not take or give events.',
    hint: 'Look at the store (disk full, no connection); work goes on by itself once it answers.',
    retryable: true,
    status: 503,
  },
  STORE_NEWER: {
    meaning: 'The store was written by a newer version of the product.',
    hint: 'Start the newer version; the older one does not touch it.',
    retryable: false,
    status: 500,
  },
  STORE_IN_USE: {
    meaning: 'Another process has the data directory open.',
    hint: 'Stop the other process, or set CHAINKEEP_HOME to another directory.',
    retryable: false,
    status: 500,
  },
  STORE_NOT_EMPTY: {
    meaning: 'The store has events already; an exported store is imported into an empty one only.',
    hint: 'Name a new database or data directory, and import again.',
    retryable: false,
    status: 409,
  },
  STORE_FILE_INVALID: {
    meaning: 'The file is no exported store, or it is damaged or incomplete.',
    hint: 'Export the store again; nothing of the file was imported.',
    retryable: false,
    status: 422,
  },
  EVENT_UNKNOWN: {
    meaning: 'An event has a type or schema version that this version does not know.',
    hint: 'Update this service: a newer one wrote the event. Its key waits until then.',
    retryable: true,
    status: 500,
  },
  EVENT_INVALID: {
    meaning: 'A stored event does not have the form of its schema.',
    hint: 'Report it: stored events are checked before they are written.',
    retryable: false,
    status: 500,
  },
  EVENT_TOO_LARGE: {
    meaning: 'An event is larger than the store takes.',
    hint: 'Report it: events are bounded by design.',
    retryable: false,
    status: 413,
  },
  SECRET_UNREADABLE: {
    meaning: 'A sealed secret cannot be opened with the current key.',
    hint: 'Start with the key the secret was sealed under (CHAINKEEP_SECRET_KEY or its file), or enter the secret again.',
    retryable: false,
    status: 500,
  },
  PROJECTION_DIVERGED: {
    meaning: 'A rebuilt projection differs from the live one at the same position.',
    hint: 'The live one is kept; report it with both documents.',
    retryable: false,
    status: 500,
  },
} as const satisfies Record<string, ErrorEntry>;
