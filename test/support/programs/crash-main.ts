import { deterministicId, toInstant } from '#libs/kernel';
import { ObjectStores, type BucketLocation, type ObjectStore, type Providers } from '#libs/object-store';
import { createLog } from '#libs/runtime';
import type { ServicePorts } from '#libs/services';
import type { BackupState, NodeRole } from '#libs/domain';
import { readStandaloneConfig } from '../../../apps/standalone/src/standalone.config.js';
import { startStandalone } from '../../../apps/standalone/src/start-standalone.js';
import {
  CrashingCheckpoints,
  CrashingEventStore,
  CrashingObjectStore,
  CrashingReadModelStore,
  CrashPoints,
} from './crash-points.js';

/*
 * The standalone mode for the crash suites of test/real: backs up the nodes it is given to a managed bucket and one
 * target, over adapters that end the process at a named point. Prints DONE and ends when everything is where it belongs.
 * With CRASH_BEYOND, the hash of a backed-up end, it goes on until another block is the end.
 * Every start does the same setup: what a crash left undone is made up for.
 */
const points = new CrashPoints();

class CrashingObjectStores extends ObjectStores {
  override readonly providers: Providers;

  constructor(private readonly inner: ObjectStores) {
    super();
    this.providers = inner.providers;
  }
  override async open(place: BucketLocation): Promise<ObjectStore> {
    return new CrashingObjectStore(await this.inner.open(place), points, place.role);
  }
}

const { CRASH_NODES = '[]', CRASH_TARGET = '', CRASH_BEYOND } = process.env;
const nodes = JSON.parse(CRASH_NODES) as [id: string, role: NodeRole, url: string][];

/** Is the chain of today backed up? */
const isBackedUp = ({ tip, lastSuccessAt }: BackupState): boolean =>
  lastSuccessAt !== undefined && tip?.hash !== CRASH_BEYOND;

const setUp = async ({ streams, clock }: ServicePorts): Promise<void> => {
  const at = toInstant(clock.nowMs());
  const context = { actor: 'test', correlationId: 'crash', at };
  const exists = (error: unknown): void => {
    if ((error as { code?: string }).code !== 'RESOURCE_EXISTS') throw error;
  };
  const description = { name: 'e', provider: 'geth', consensus: 'clique' } as const;
  const register = {
    type: 'RegisterEnvironment',
    environmentId: 'e',
    consortiumId: 'c',
    description,
    at,
  } as const;
  await streams.environments.handle('e', register, context).catch(exists);
  for (const [nodeId, role, rpc] of nodes) {
    const node = { nodeId, name: nodeId, role, urls: { rpc } };
    await streams.environments.handle('e', { type: 'RegisterNode', node, at }, context);
  }
  const changes = { enabled: true, segmentBlocks: 12 };
  await streams.environments.handle('e', { type: 'ConfigureBackup', changes, at }, context);
  const place = {
    provider: 'directory',
    details: { path: CRASH_TARGET, create: true },
    destination: CRASH_TARGET,
  } as const;
  const target = { name: 't', membershipId: 'm', ...place };
  const targetIds = { targetId: 't', consortiumId: 'c', environmentId: 'e' };
  await streams.targets
    .handle('t', { type: 'RegisterTarget', ...targetIds, description: target, at }, context)
    .catch(exists);
  await streams.targets.handle('t', { type: 'EnableTarget', at }, context);
  const { state } = await streams.environments.load('e');
  const backup = (await streams.backups.load('e')).state;
  if (state.status !== 'live' || backup.status !== 'idle' || isBackedUp(backup)) return;
  const attempt = backup.lastClosed?.attempt ?? 0;
  const runId = deterministicId('crash', String(attempt), backup.lastClosed?.runId ?? '');
  const request = { runId, trigger: 'manual', attempt, requestedAt: at } as const;
  const gate = { settings: state.settings, monitorResetRequired: false, removed: false };
  await streams.backups.handle('e', { type: 'RequestBackup', environmentId: 'e', request, gate }, context);
};

const isDone = async ({ streams, histories, reads, store }: ServicePorts): Promise<boolean> => {
  const { state: backup } = await streams.backups.load('e');
  const { state: target } = await streams.targets.load('t');
  const history = await histories.read('e');
  if (backup.status !== 'idle' || !isBackedUp(backup) || target.status !== 'live') return false;
  const projected = (await reads.list('history', 'segment', { parent: 'e' })).length;
  return (
    target.deliveredThrough === backup.nextOrdinal - 1 &&
    target.published?.revision === history.revision &&
    projected === history.entries.length &&
    (await reads.reaches('history', await store.head(), 0))
  );
};

const config = readStandaloneConfig([], { ...process.env, CHAINKEEP_PORT: '0', CHAINKEEP_LOG_LEVEL: 'warn' });
const { ports, stop } = await startStandalone({
  config,
  log: createLog({ level: 'warn' }),
  open: true,
  decorate: (embedded) => ({
    ...embedded,
    store: new CrashingEventStore(embedded.store, points),
    checkpoints: new CrashingCheckpoints(embedded.checkpoints, points),
    readModels: new CrashingReadModelStore(embedded.readModels, points),
    objects: new CrashingObjectStores(embedded.objects),
  }),
});
await setUp(ports);
process.stdout.write('READY\n');
while (!(await isDone(ports))) await ports.clock.sleep(20);
// What is left lying (the history of the managed bucket, checkpoints) comes to rest before the end.
await ports.clock.sleep(300);
await stop();
process.stdout.write('DONE\n');
