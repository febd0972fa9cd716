import { randomUUID } from 'node:crypto';
import type { Fingerprint } from '#libs/event-store';
import type { Position } from '#libs/event-sourcing';
import { CodedError, hasCode, type Clock } from '#libs/kernel';
import type { Log } from '#libs/platform';
import { buildThrough, type BuildPorts } from './build.js';
import { physicalName, type Projection } from './projection.js';

export type RebuildPorts = BuildPorts & Readonly<{ clock: Clock; log: Log }>;

/** `events`: how many were taken in; `sha256`: the digest of all rows at `position`. */
export type Rebuilt = Readonly<{ events: number; position: Position; sha256: string; equal: boolean }>;

type Comparison = Readonly<{ live: string; events: number; blue: Fingerprint; green: Fingerprint }>;

/** While the live projection moves it can't be compared; then it is tried again. */
const COMPARISONS_MAX = 40;
const COMPARISON_PAUSE_MS = 100;

/** Brings green to where live is and takes both digests; `undefined` when live moved meanwhile. */
const compare = async (
  ports: RebuildPorts,
  projection: Projection,
  green: string,
): Promise<Comparison | undefined> => {
  const { readModels } = ports;
  const live = (await readModels.active(projection.name)) ?? physicalName(projection);
  const through = await readModels.checkpoint(live);
  const events = await buildThrough(ports, projection, { physical: green, through });
  try {
    const [blue, made] = [await readModels.fingerprint(live), await readModels.fingerprint(green)];
    return blue.position === made.position ? { live, events, blue, green: made } : undefined;
  } catch (error) {
    if (hasCode(error, 'REVISION_CONFLICT')) return undefined;
    throw error;
  }
};

const diverged = (green: string, { live, blue, green: made }: Comparison): CodedError =>
  new CodedError('PROJECTION_DIVERGED', `${green}, rebuilt from the events, is not equal to ${live}.`, {
    context: { live, green, position: blue.position, liveSha256: blue.sha256, greenSha256: made.sha256 },
  });

/** Readers change over; the projector follows at its next batch, so what came since is brought in here. */
const changeOver = async (
  ports: RebuildPorts,
  projection: Projection,
  { live, green }: Readonly<{ live: string; green: string }>,
): Promise<void> => {
  const { readModels, store } = ports;
  await readModels.activate(projection.name, green);
  try {
    await buildThrough(ports, projection, { physical: green, through: await store.head() });
  } catch (error) {
    // The running projector has taken green over already: then it brings in what is missing.
    if (!hasCode(error, 'REVISION_CONFLICT')) throw error;
  }
  if (live !== green) await readModels.drop(live);
};

/**
 * Builds a projection anew beside the live one, compares both at one position and, when they are equal, changes over
 * to the new one. Fires no effect: it reads events and writes read models. Throws PROJECTION_DIVERGED when they
 * differ (live stays, the new one is kept to be looked at), REVISION_CONFLICT when live never stood still.
 */
export const rebuild = async (ports: RebuildPorts, projection: Projection): Promise<Rebuilt> => {
  const { readModels, clock, log } = ports;
  const green = `${physicalName(projection)}-${randomUUID().slice(0, 8)}`;
  let events = 0;
  for (let attempt = 1; attempt <= COMPARISONS_MAX; attempt += 1) {
    const found = await compare(ports, projection, green).catch(async (error: unknown) => {
      await readModels.drop(green);
      throw error;
    });
    if (found === undefined) {
      await clock.sleep(COMPARISON_PAUSE_MS);
      continue;
    }
    events += found.events;
    if (found.blue.sha256 !== found.green.sha256) throw diverged(green, found);
    await changeOver(ports, projection, { live: found.live, green });
    log.info('A projection was rebuilt and is equal to the one before.', { projection: green, events });
    return { events, position: found.green.position, sha256: found.green.sha256, equal: true };
  }
  await readModels.drop(green);
  throw new CodedError('REVISION_CONFLICT', `${projection.name} never stood still to be compared.`);
};
