import type { LiveTarget, ProbeFinding } from '#libs/domain';
import type { SecretRef } from '#libs/event-store';
import { isOurs } from '#libs/kernel';
import {
  failedFinding,
  probeStore,
  type Holder,
  type ObjectStore,
  type ProbeReport,
} from '#libs/object-store';
import { otherHolderAt } from './marker.js';
import { PlaceRules } from './place-rules.js';
import type { ServicePorts } from './service-ports.js';

type Parts = Pick<ServicePorts, 'objects' | 'vault' | 'ownCredentials' | 'streams'>;
/** What it takes to try a target. */
export type CheckParts = Parts & Pick<ServicePorts, 'home' | 'installation' | 'local' | 'reads'>;

const CHECK_TIMEOUT_MS = 30_000;

/** Whose target it is, as the rules for the server's own credentials ask. */
export const holderOf = async (
  { targetId, membershipId }: Pick<LiveTarget, 'targetId' | 'membershipId'>,
  { streams }: Pick<ServicePorts, 'streams'>,
): Promise<Holder> => {
  const { state } = await streams.members.load(membershipId);
  return state.status === 'absent' ? { id: targetId } : { id: targetId, externalId: state.externalId };
};

/** Whether a place that is marked as a target's is still its own. */
export const isHeldIn =
  ({ streams }: Pick<ServicePorts, 'streams'>) =>
  async (targetId: string): Promise<boolean> =>
    (await streams.targets.load(targetId)).state.status === 'live';

/** The store of a target, opened with the secrets it has now. Rejects with OWN_CREDENTIALS_REFUSED or as `open`. */
export const openTarget = async (target: LiveTarget, parts: Parts): Promise<ObjectStore> => {
  const { provider, details, secretRef } = target;
  const secrets = secretRef === undefined ? {} : await parts.vault.get(secretRef as SecretRef);
  const location = { provider, details, secrets, role: 'target' } as const;
  return parts.objects.open(parts.ownCredentials.admit(location, await holderOf(target, parts)));
};

/**
 * Tries everything deliveries need. What fails is a finding in words. Rejects when `signal` aborts, and for a fault of
 * ours, which says nothing about the target.
 */
export const checkTarget = async (
  target: LiveTarget,
  parts: CheckParts,
  signal?: AbortSignal,
): Promise<ProbeReport> => {
  const timeout = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  try {
    const store = await openTarget(target, parts);
    const bounded = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    return await orAborted(look(store, target, parts, bounded), bounded);
  } catch (error) {
    signal?.throwIfAborted();
    if (isOurs(error)) throw error;
    return { ok: false, findings: [timeout.aborted ? TIMED_OUT : failedFinding('open', error)] };
  }
};

/** The outcome, or the signal's reason as soon as it aborts: not every request of a store ends with the signal. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });

const look = async (
  store: ObjectStore,
  target: LiveTarget,
  parts: CheckParts,
  signal: AbortSignal,
): Promise<ProbeReport> => {
  const { ok, findings } = await probeStore(store, `${target.environmentId}/`, signal);
  const isHeld = isHeldIn(parts);
  const other = await otherHolderAt(store, target, { installation: parts.installation, isHeld });
  if (other !== undefined) return { ok: false, findings: [...findings, HOLDERS[other]] };
  const opened = { check: 'open', result: 'ok', message: 'The location can be opened.' } as const;
  return { ok, findings: [opened, ...findings, ...(await folderFindings(target, parts))] };
};

/** Versions before 0.2 let a directory target be anywhere on the server. */
const folderFindings = async (target: LiveTarget, parts: CheckParts): Promise<readonly ProbeFinding[]> => {
  const { targetId: id, environmentId, provider, details } = target;
  const location = { provider, details, secrets: {}, role: 'target' } as const;
  const isAllowed = await new PlaceRules(parts).isInAllowedFolder({ id, environmentId, location });
  return isAllowed ? [] : [ELSEWHERE];
};

const ELSEWHERE: ProbeFinding = {
  check: 'path',
  result: 'warn',
  message: 'The directory is outside the folders that the server allows. Deliveries go on.',
  cure: 'Name its folder under directory_roots in the network file of the server, or move the target.',
};

const HOLDERS: Readonly<Record<'installation' | 'managed' | 'target', ProbeFinding>> = {
  installation: {
    check: 'place',
    result: 'fail',
    message: 'Another installation already writes here (see the .chainkeep file).',
    cure: 'Choose another bucket or prefix. If the location is yours, take it over.',
  },
  managed: {
    check: 'place',
    result: 'fail',
    message: 'This is the managed bucket of the environment: a copy here would not be a second copy.',
    cure: 'Choose another bucket, directory or prefix.',
  },
  target: {
    check: 'place',
    result: 'fail',
    message: 'Another target already writes here (see the .chainkeep file).',
    cure: 'Choose another bucket, directory or prefix.',
  },
};

const TIMED_OUT: ProbeFinding = {
  check: 'open',
  result: 'fail',
  message: `The target did not answer within ${CHECK_TIMEOUT_MS / 1_000} s.`,
  cure: 'Check the endpoint and the network. Deliveries resume when the target answers.',
};
