import { randomUUID } from 'node:crypto';
import type { ProbeFinding } from '#libs/domain';
import { CodedError, toCodedError } from '#libs/kernel';
import { bodyFromBytes, digestOf } from './body.js';
import type { ObjectStore } from './object-store.js';

/** `ok`: every check that deliveries depend on passed; there may be warnings. */
export type ProbeReport = Readonly<{ ok: boolean; findings: readonly ProbeFinding[] }>;

const MESSAGE_CHARS_MAX = 2_000;

type Check = Readonly<{ name: string; cure?: string; run: () => Promise<string> }>;

/**
 * Tries everything deliveries need with one small object below `prefix` (a folder, ending in `/`), which is removed
 * again. Never rejects but with the signal's reason: what fails is a finding with its cure.
 */
export const probeStore = async (
  store: ObjectStore,
  prefix: string,
  signal?: AbortSignal,
): Promise<ProbeReport> => {
  const findings: ProbeFinding[] = [];
  for (const check of checksOf(store, `${prefix}probe-${randomUUID()}`, signal)) {
    findings.push(await findingOf(check, signal));
  }
  try {
    findings.push(...(await store.inspect(prefix, signal)));
  } catch (error) {
    signal?.throwIfAborted();
    findings.push(failedFinding('inspect', error));
  }
  return { ok: findings.every(({ result }) => result !== 'fail'), findings };
};

const findingOf = async ({ name, cure, run }: Check, signal?: AbortSignal): Promise<ProbeFinding> => {
  try {
    return { check: name, result: 'ok', message: await run() };
  } catch (error) {
    signal?.throwIfAborted();
    return failedFinding(name, error, cure);
  }
};

/** A finding of a failure; the cure is the hint of its code unless a better one is known. */
export const failedFinding = (check: string, error: unknown, cure?: string): ProbeFinding => {
  const { message, hint } = toCodedError(error);
  const known = error instanceof Unmet ? cure : undefined;
  return { check, result: 'fail', message: message.slice(0, MESSAGE_CHARS_MAX), cure: known ?? hint };
};

/** The place answered, but not as it must. */
class Unmet extends CodedError {}

const demand = (met: boolean, otherwise: string): void => {
  if (!met) throw new Unmet('TARGET_UNFIT', otherwise);
};

const checksOf = (store: ObjectStore, key: string, signal?: AbortSignal): readonly Check[] => {
  const body = bodyFromBytes(Buffer.from('chainkeep probe\n'));
  return [
    {
      name: 'write',
      run: async () => {
        const { outcome } = await store.put(key, body, 'if-absent', signal);
        demand(outcome === 'stored', 'A new object was refused.');
        return 'An object was written.';
      },
    },
    {
      name: 'read back',
      cure: 'Choose another checksum mode ("sha256" or "none"); if that does not help, the store damages data.',
      run: async () => {
        const { sha256 } = await digestOf(store, key, signal, body.bytes);
        demand(sha256 === body.sha256, 'The bytes read back are not the bytes written.');
        return 'The object was read back unchanged.';
      },
    },
    {
      name: 'list',
      run: async () => {
        let seen = false;
        for await (const object of store.list(key, signal)) {
          seen = object.key === key;
          // Only what begins with the key follows: the first one is it.
          break;
        }
        demand(seen, 'The object is missing from the listing.');
        return 'The object is listed.';
      },
    },
    {
      name: 'conditional put',
      cure: 'Make sure that only Chainkeep writes under this prefix, or use a store that supports If-None-Match.',
      run: async () => {
        const { outcome } = await store.put(key, body, 'if-absent', signal);
        demand(outcome === 'refused', 'An existing object was overwritten by a conditional put.');
        return 'An existing object is not overwritten.';
      },
    },
    { name: 'remove', run: () => store.remove(key).then(() => 'The object was removed.') },
  ];
};
