import type { LiveTarget, ProbeFinding } from '#libs/domain';
import type { SecretRef } from '#libs/event-store';
import { isOurs, toCodedError } from '#libs/kernel';
import { probeStore, type ObjectStore, type ProbeReport } from '#libs/object-store';
import { strangerAt } from './marker.js';
import type { ServicePorts } from './service-ports.js';

type Parts = Pick<ServicePorts, 'objects' | 'vault' | 'installation'>;

const CHECK_TIMEOUT_MS = 30_000;
const MESSAGE_CHARS_MAX = 2_000;

/** The store of a target, opened with the secrets it has now. */
export const openTarget = async (target: LiveTarget, { objects, vault }: Parts): Promise<ObjectStore> => {
  const { provider, details, secretRef } = target;
  const secrets = secretRef === undefined ? {} : await vault.get(secretRef as SecretRef);
  return objects.open({ provider, details, secrets, role: 'target' });
};

/**
 * Tries everything deliveries need. What fails is a finding in words. Rejects when `signal` aborts, and for a fault of
 * ours, which says nothing about the target.
 */
export const checkTarget = async (
  target: LiveTarget,
  parts: Parts,
  signal?: AbortSignal,
): Promise<ProbeReport> => {
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  try {
    const store = await openTarget(target, parts);
    const bounded = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const { ok, findings } = await probeStore(store, `${target.environmentId}/`, bounded);
    const stranger = await strangerAt(store, target.environmentId, parts.installation);
    if (stranger) return { ok: false, findings: [...findings, OTHERS] };
    return {
      ok,
      findings: [{ check: 'open', result: 'ok', message: 'The location can be opened.' }, ...findings],
    };
  } catch (error) {
    signal?.throwIfAborted();
    if (isOurs(error)) throw error;
    return { ok: false, findings: [timeout.aborted ? TIMED_OUT : failed(error)] };
  }
};

const OTHERS: ProbeFinding = {
  check: 'place',
  result: 'fail',
  message: 'Another installation already writes here (see the .chainkeep file).',
  cure: 'Choose another bucket or prefix. If the location is yours, take it over.',
};

const TIMED_OUT: ProbeFinding = {
  check: 'open',
  result: 'fail',
  message: `The target did not answer within ${CHECK_TIMEOUT_MS / 1_000} s.`,
  cure: 'Check the endpoint and the network. Deliveries resume when the target answers.',
};

const failed = (error: unknown): ProbeFinding => {
  const { message, hint } = toCodedError(error);
  return { check: 'open', result: 'fail', message: message.slice(0, MESSAGE_CHARS_MAX), cure: hint };
};
