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
  TARGET_CREDENTIALS_REFUSED: {
    meaning: 'A target does not accept the credentials, or none could be obtained for it.',
    hint: 'Correct the credentials of the target (keys, role and external id, token); deliveries go on by themselves.',
    retryable: true,
    status: 502,
  },
  TARGET_PLACE_MISSING: {
    meaning: 'The bucket or container of a target does not exist.',
    hint: 'Create it or correct its name; deliveries go on by themselves.',
    retryable: true,
    status: 502,
  },
  TARGET_LOCKED: {
    meaning:
      'An object is under retention (Object Lock) and can neither be removed nor replaced before its date.',
    hint: 'Wait for the date; nothing is lost.',
    retryable: false,
    status: 409,
  },
  TARGET_UNFIT: {
    meaning: 'A target answers, but not as a store has to.',
    hint: 'See what the check found, and the page on how stores deviate.',
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
  MANAGED_UNAVAILABLE: {
    meaning: "An environment's managed bucket could not be reached or read.",
    hint: 'Look at the managed bucket; runs and deliveries wait and go on by themselves once it answers.',
    retryable: true,
    status: 503,
  },
  MANAGED_OBJECT_DAMAGED: {
    meaning: 'A file in the managed bucket is missing or not what was recorded.',
    hint: "It is written anew from a member's verified copy by itself; without such a copy restore it by hand.",
    retryable: true,
    status: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
