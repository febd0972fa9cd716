import type { Fingerprint } from '#libs/event-store';
import { checkpointAt, type Position } from '#libs/event-sourcing';
import { CodedError, hasCode, type Clock } from '#libs/kernel';
import type { Log } from '#libs/runtime';
import { buildThrough, type BuildPorts } from './build.js';
import { newPhysicalName, physicalName, type Projection } from './projection.js';
import { proveProjection } from './prove-projection.js';

export type RebuildPorts = BuildPorts & Readonly<{ clock: Clock; log: Log }>;

/** `events`: how many were taken in; `sha256`: the digest of all rows at `position`. */
export type Rebuilt = Readonly<{ events: number; position: Position; sha256: string; equal: boolean }>;

export type RebuildOptions = Readonly<{
  /** Change over also when they differ: what the events say counts. */
  takeDifferent?: boolean;
}>;

type Live = Readonly<{ active: string | undefined; live: string }>;
type Comparison = Live & Readonly<{ blue: Fingerprint; green: Fingerprint }>;

/** While the live projection moves it can't be compared; then it is tried again. */
const COMPARISONS_MAX = 40;
const COMPARISON_PAUSE_MS = 100;

/** Brings green to where live is; says how many events it took in. */
const catchUp = async (
  ports: RebuildPorts,
  projection: Projection,
  green: string,
): Promise<Live & Readonly<{ events: number }>> => {
  const { readModels } = ports;
  const active = await readModels.active(projection.name);
  const live = active ?? physicalName(projection);
  const through = await proveProjection(ports, live);
  if (through === undefined)
    throw new CodedError('STORE_REWOUND', `The store does not have what ${live} took in last.`);
  return { active, live, events: await buildThrough(ports, projection, { physical: green, through }) };
};

/** Takes both digests; `undefined` when live moved meanwhile. */
const compare = async (
  { readModels }: RebuildPorts,
  { active, live }: Live,
  green: string,
): Promise<Comparison | undefined> => {
  try {
    const [blue, made] = [await readModels.fingerprint(live), await readModels.fingerprint(green)];
    return blue.position === made.position ? { active, live, blue, green: made } : undefined;
  } catch (error) {
    if (hasCode(error, 'REVISION_CONFLICT')) return undefined;
    throw error;
  }
};

const diverged = (green: string, { live, blue, green: made }: Comparison): CodedError =>
  new CodedError('PROJECTION_DIVERGED', `${green}, rebuilt from the events, differs from ${live}.`, {
    context: { live, green, position: blue.position, liveSha256: blue.sha256, greenSha256: made.sha256 },
  });

/**
 * Readers change over; the projector follows at its next batch, so what came since is brought in here. False when
 * another rebuild, in this process or elsewhere, has exchanged the live projection meanwhile.
 */
const changeOver = async (
  ports: RebuildPorts,
  projection: Projection,
  { active, live, green }: Live & Readonly<{ green: string }>,
): Promise<boolean> => {
  const { readModels, store } = ports;
  try {
    await readModels.activate(projection.name, green, active);
  } catch (error) {
    if (hasCode(error, 'REVISION_CONFLICT')) return false;
    throw error;
  }
  try {
    const through = await checkpointAt(store, await store.head());
    await buildThrough(ports, projection, { physical: green, through });
  } catch (error) {
    // The running projector has taken green over already: then it brings in what is missing.
    if (!hasCode(error, 'REVISION_CONFLICT')) throw error;
  }
  await readModels.drop(live);
  return true;
};

/**
 * Rebuilds a projection beside the live one, compares both at one position and, when they are equal, changes over
 * to the new one. It only reads events and writes read models. Throws PROJECTION_DIVERGED when they differ (the live
 * one stays, the new one is kept for inspection) unless `takeDifferent`, REVISION_CONFLICT when the live one never paused.
 */
export const rebuild = async (
  ports: RebuildPorts,
  projection: Projection,
  { takeDifferent = false }: RebuildOptions = {},
): Promise<Rebuilt> => {
  const { readModels, clock, log } = ports;
  const green = newPhysicalName(projection);
  const giveUp = async (error: unknown): Promise<never> => {
    await readModels.drop(green);
    throw error;
  };
  let events = 0;
  for (let attempt = 1; attempt <= COMPARISONS_MAX; attempt += 1) {
    const live = await catchUp(ports, projection, green).catch(giveUp);
    events += live.events;
    const found = await compare(ports, live, green).catch(giveUp);
    const equal = found !== undefined && found.blue.sha256 === found.green.sha256;
    const isTaken = equal || takeDifferent;
    if (found && !isTaken) throw diverged(green, found);
    if (found && (await changeOver(ports, projection, { ...live, green }))) {
      const { position, sha256 } = found.green;
      log.info('A projection was rebuilt.', { projection: green, events, equal });
      return { events, position, sha256, equal };
    }
    await clock.sleep(COMPARISON_PAUSE_MS);
  }
  await readModels.drop(green);
  throw new CodedError('REVISION_CONFLICT', `${projection.name} changed too often to be compared.`);
};
