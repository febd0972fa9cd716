import { CodedError } from '#libs/kernel';
import type { ObjectInfo, ObjectStore } from '#libs/object-store';

const TIME_MS = 30 * 60_000;
/** Objects beyond those that are wanted: probes, the small files, and what others put there. */
const OTHERS_MAX = 100_000;
const PROBES_MAX = 1_000;

/** What a listing has of what was wanted, and the probes it has. */
export type Listed = Readonly<{ found: ReadonlyMap<string, ObjectInfo>; probes: readonly string[] }>;

/**
 * The wanted objects below a prefix. Memory grows with what is wanted, never with what the place lists, and a listing
 * without an end is given up. Rejects with TARGET_UNFIT, TARGET_UNAVAILABLE or the signal's reason.
 */
export const listedObjects = async (
  store: ObjectStore,
  prefix: string,
  wanted: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Listed> => {
  const timeout = AbortSignal.timeout(TIME_MS);
  const found = new Map<string, ObjectInfo>();
  const probes: string[] = [];
  let others = 0;
  for await (const object of store.list(prefix, AbortSignal.any([signal, timeout]))) {
    signal.throwIfAborted();
    if (wanted.has(object.key)) {
      found.set(object.key, object);
      continue;
    }
    if (probes.length < PROBES_MAX && object.key.startsWith(`${prefix}probe-`)) probes.push(object.key);
    others += 1;
    if (others > OTHERS_MAX || timeout.aborted) throw endless(prefix, others);
  }
  return { found, probes };
};

const endless = (prefix: string, others: number): CodedError =>
  new CodedError(
    'TARGET_UNFIT',
    `The listing of ${prefix} was given up after ${others} objects that Chainkeep did not write.`,
  );
