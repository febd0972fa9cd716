import type { ErrorEntry } from './error-entry.js';

export const TARGET_ERRORS = {
  TARGET_UNAVAILABLE: {
    meaning: 'A target could not be reached or did not answer.',
    hint: 'Look at the target; deliveries go on by themselves once it answers.',
    retryable: true,
    status: 503,
  },
  TARGET_DENIED: {
    meaning: 'A target refused an operation for lack of permission.',
    hint: 'Grant the named permission to the identity Chainkeep uses.',
    retryable: true,
    status: 502,
  },
  TARGET_OBJECT_DIFFERS: {
    meaning: 'Another object stands under a key of ours; it is not overwritten.',
    hint: 'Find out who wrote it, move it away, then enable the target again or heal it.',
    retryable: false,
    status: 409,
  },
  TARGET_OBJECT_MISSING: {
    meaning: 'An object that should be there is not.',
    hint: 'Heal the target from the managed bucket.',
    retryable: true,
    status: 409,
  },
  TARGET_DIGEST_MISMATCH: {
    meaning: 'What was read back from a target is not what was written.',
    hint: 'Look at the storage of the target: it damages data.',
    retryable: true,
    status: 502,
  },
  TARGET_FULL: {
    meaning: 'A target has no space left.',
    hint: 'Make room; deliveries go on by themselves.',
    retryable: true,
    status: 507,
  },
  TARGET_FOREIGN: {
    meaning: 'The place of a target already belongs to another installation, chain or environment.',
    hint: 'Choose another bucket or prefix, or take it over explicitly.',
    retryable: false,
    status: 409,
  },
  TARGET_PROVIDER_UNSUPPORTED: {
    meaning: 'This version has no adapter for the provider of a target.',
    hint: 'Use one of the providers that are named.',
    retryable: false,
    status: 400,
  },
  TARGET_SUSPENDED: {
    meaning: 'A target failed repeatedly and is suspended until it answers again.',
    hint: 'See its last error; it is probed by itself and goes on without a gap.',
    retryable: true,
    status: 503,
  },
} as const satisfies Record<string, ErrorEntry>;
