import { appendFileSync } from 'node:fs';
import { toInstant } from '#libs/kernel';
import {
  ObjectStores,
  type ObjectBody,
  type ObjectStore,
  type BucketLocation,
  type Providers,
  type PutCondition,
  type PutResult,
} from '#libs/object-store';
import { createLog } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import { readStandaloneConfig } from '../../../apps/standalone/src/standalone.config.js';
import { startStandalone } from '../../../apps/standalone/src/start-standalone.js';
import { CrashingCheckpoints, CrashingEventStore, CrashingObjectStore, CrashPoints } from './crash-points.js';

/*
 * The standalone mode for test/real/targets.crash.spec.ts: over a data directory with a finished backup it feeds one
 * target, over adapters that end the process at a named point. Every put of a file to the target is written down as its
 * bytes begin to flow and as it ends. Prints DONE and ends when the target has everything.
 */
const { TARGET_PLACE = '{}', TARGET_PUTS = '' } = process.env;
const place = JSON.parse(TARGET_PLACE) as Omit<BucketLocation, 'role'>;
const points = new CrashPoints();

class WatchedObjectStore extends CrashingObjectStore {
  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    if (!key.endsWith('.rlp')) return super.put(key, body, condition, signal);
    const open = (): AsyncIterable<Uint8Array> => {
      appendFileSync(TARGET_PUTS, `begun ${key}\n`);
      return body.open();
    };
    const put = await super.put(key, { ...body, open }, condition, signal);
    appendFileSync(TARGET_PUTS, `${put.outcome} ${key}\n`);
    return put;
  }
}

class WatchedObjectStores extends ObjectStores {
  override readonly providers: Providers;

  constructor(private readonly inner: ObjectStores) {
    super();
    this.providers = inner.providers;
  }
  override async open(opened: BucketLocation): Promise<ObjectStore> {
    const store = await this.inner.open(opened);
    return opened.role === 'target' ? new WatchedObjectStore(store, points, 'target') : store;
  }
}

const setUp = async ({ streams, vault, clock }: ServicePorts): Promise<void> => {
  const at = toInstant(clock.nowMs());
  const context = { actor: 'test', correlationId: 'crash', at };
  const { state } = await streams.targets.load('t');
  if (state.status === 'absent') {
    const { provider, details, secrets } = place;
    const secretRef = await vault.put('member:bank-a', secrets);
    const description = {
      name: 't',
      membershipId: 'bank-a',
      provider,
      details,
      destination: 'd',
      secretRef,
    };
    const ids = { targetId: 't', consortiumId: 'c', environmentId: 'e' };
    await streams.targets.handle('t', { type: 'RegisterTarget', ...ids, description, at }, context);
  }
  await streams.targets.handle('t', { type: 'EnableTarget', at }, context);
};

const isDone = async ({ streams, histories, store, checkpoints }: Running): Promise<boolean> => {
  const { state } = await streams.targets.load('t');
  const history = await histories.read('e');
  return (
    state.status === 'live' &&
    state.deliveredThrough === history.entries.length - 1 &&
    state.published?.revision === history.revision &&
    (await checkpoints.load('distributor')).position === (await store.head())
  );
};

type Running = ServicePorts & Readonly<{ checkpoints: CrashingCheckpoints }>;
let checkpoints: CrashingCheckpoints | undefined;

const config = readStandaloneConfig([], { ...process.env, CHAINKEEP_PORT: '0', CHAINKEEP_LOG_LEVEL: 'warn' });
const { ports, stop } = await startStandalone({
  config,
  log: createLog({ level: 'warn' }),
  open: true,
  decorate: (embedded) => {
    checkpoints = new CrashingCheckpoints(embedded.checkpoints, points);
    return {
      ...embedded,
      store: new CrashingEventStore(embedded.store, points),
      checkpoints,
      objects: new WatchedObjectStores(embedded.objects),
    };
  },
});
await setUp(ports);
process.stdout.write('READY\n');
while (checkpoints === undefined || !(await isDone({ ...ports, checkpoints }))) await ports.clock.sleep(20);
await stop();
process.stdout.write('DONE\n');
