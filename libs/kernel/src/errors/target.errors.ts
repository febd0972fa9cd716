import type { ErrorEntry } from './error-entry.js';

export const TARGET_ERRORS = {
  TARGET_UNAVAILABLE: {
    meaning: 'A target did not answer or could not be reached.',
    hint: 'Check the target. Deliveries resume when it answers.',
    retryable: true,
    status: 503,
  },
  TARGET_DENIED: {
    meaning: 'A target denied an operation.',
    hint: 'Grant the permission named in the message to the identity that Chainkeep uses.',
    retryable: true,
    status: 502,
  },
  TARGET_CREDENTIALS_REFUSED: {
    meaning: 'A target rejected the credentials, or none could be obtained.',
    hint: 'Correct the credentials of the target (keys, role and external ID, or token). Deliveries then resume.',
    retryable: true,
    status: 502,
  },
  TARGET_PLACE_MISSING: {
    meaning: 'The bucket, container or directory of a target does not exist.',
    hint: 'Create it, or correct its name. Deliveries then resume.',
    retryable: true,
    status: 502,
  },
  TARGET_LOCKED: {
    meaning: 'An object is under retention (Object Lock) and cannot be removed or replaced before its date.',
    hint: 'Wait until that date. Nothing is lost.',
    retryable: false,
    status: 409,
  },
  TARGET_UNFIT: {
    meaning: 'A target answers, but does not behave as a store must.',
    hint: 'See which check failed, then see docs/reference/stores.md.',
    retryable: true,
    status: 502,
  },
  TARGET_OBJECT_DIFFERS: {
    meaning:
      'An object with different content already exists where Chainkeep wants to write. It was not overwritten.',
    hint: 'Find out who wrote the object and move it away. If it is on a target, then enable or heal the target.',
    retryable: false,
    status: 409,
  },
  TARGET_OBJECT_MISSING: {
    meaning: 'An object that Chainkeep delivered is missing.',
    hint: 'Heal the target: Chainkeep copies the object from the managed bucket.',
    retryable: true,
    status: 409,
  },
  TARGET_DIGEST_MISMATCH: {
    meaning: 'A target returned different bytes than were written.',
    hint: 'Check the storage behind the target: it damages data.',
    retryable: true,
    status: 502,
  },
  TARGET_FULL: {
    meaning: 'A target has no space left.',
    hint: 'Free space on the target. Deliveries then resume.',
    retryable: true,
    status: 507,
  },
  TARGET_FOREIGN: {
    meaning: 'The location of a target already belongs to another installation, chain or environment.',
    hint: 'Use another bucket, directory or prefix. If the location is yours, take it over.',
    retryable: false,
    status: 409,
  },
  TARGET_PROVIDER_UNSUPPORTED: {
    meaning: 'This version does not support the provider of a target.',
    hint: 'Use one of the providers named in the message.',
    retryable: false,
    status: 400,
  },
  MANAGED_UNAVAILABLE: {
    meaning: 'The managed bucket of an environment could not be reached or read.',
    hint: 'Check the managed bucket. Runs and deliveries wait and resume when it answers.',
    retryable: true,
    status: 503,
    wraps: true,
  },
  MANAGED_OBJECT_DAMAGED: {
    meaning: 'A file in the managed bucket is missing or damaged.',
    hint: 'Chainkeep replaces it from a verified copy on a target. If no target has one, restore the file by hand.',
    retryable: true,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
