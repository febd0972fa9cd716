import { bodyFromBytes } from '#libs/object-store';
import { DirectoryObjectStore } from '#libs/object-store/adapters/directory/directory.object-store';
import { createLog, HomeLock, runUntilSignal, SystemClock } from '#libs/runtime';
import { CrashingObjectStore, CrashPoints } from './crash-points.js';

/*
 * A small process for test/service/process-lifecycle.spec.ts: `lock` holds the data directory, `stop` ends in order,
 * `hang` never ends its work (and is ended after [deadline] ms), `fail` fails to, `reject` leaves a rejection unhandled, `put` stores two objects.
 */
const [mode = '', home = '', deadline = '240000'] = process.argv.slice(2);
const log = createLog({ service: 'lifecycle' });
const clock = new SystemClock();
let lock: HomeLock | undefined;

const stop = async (): Promise<void> => {
  if (mode === 'hang') await clock.sleep(600_000);
  if (mode === 'fail') throw new Error('cannot stop');
  await lock?.release();
};

const putTwo = async (): Promise<void> => {
  const inner = new DirectoryObjectStore({ root: home, create: true });
  const store = new CrashingObjectStore(inner, new CrashPoints(), 'managed');
  await store.put('env/a.rlp', bodyFromBytes(Buffer.from('a')), 'if-absent');
  await store.put('env/b.rlp', bodyFromBytes(Buffer.from('b')), 'if-absent');
};

runUntilSignal({ stop, log, deadlineMs: Number(deadline) });
if (mode === 'lock') lock = await HomeLock.acquire(home);
if (mode === 'put') await putTwo();
if (mode === 'reject') void Promise.reject(new Error('nobody listens'));
log.info('ready', { pid: process.pid });
if (mode !== 'put') await clock.sleep(600_000);
