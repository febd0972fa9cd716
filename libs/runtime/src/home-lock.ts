import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, realpath, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { CodedError } from '#libs/kernel';

/** What a socket in the lock's folder turned out to be. */
type Other = Readonly<{ name: string; state: 'gone' | 'held' | 'acquiring' }>;

const ANSWER_TIMEOUT_MS = 1_000;
const YIELD_ROUNDS_MAX = 50;
const YIELD_PAUSE_MS = 100;
/** Longer paths of sockets are cut off by the system. */
const SOCKET_PATH_BYTES_MAX = 100;
const REMOVED_AFTER_MS = 10_000;
const SUFFIX = '.lock';

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
const pidOf = (name: string): string => name.split('.')[0] ?? '';

const inUse = (home: string, name: string): CodedError =>
  new CodedError('STORE_IN_USE', `Process ${pidOf(name)} is using the data directory ${home}.`, {
    context: { home, pid: pidOf(name) },
  });

/** One question to the process behind a socket. Only a refused connection proves that it is dead; silence does not. */
const askOnce = async (path: string): Promise<Other['state'] | 'unclear'> =>
  new Promise((resolve) => {
    const socket = connect(path);
    const end = (state: Other['state'] | 'unclear'): void => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      end('held');
    });
    socket.once('data', (data) => {
      end(data.toString() === 'acquiring' ? 'acquiring' : 'held');
    });
    socket.once('error', (error) => {
      const code = codeOf(error);
      if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(code)) end('gone');
      else end(['ECONNRESET', 'EPIPE'].includes(code) ? 'unclear' : 'held');
    });
    socket.once('close', () => {
      end('unclear');
    });
  });

/** Asks again when the other one closed its socket at that very moment. */
const ask = async (path: string, name: string): Promise<Other> => {
  for (let tries = 1; tries <= 3; tries += 1) {
    const state = await askOnce(path);
    if (state !== 'unclear') return { name, state };
  }
  return { name, state: 'held' };
};

const listen = async (path: string, answer: () => string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(answer());
    });
    server.once('error', reject);
    server.listen(path, () => {
      // The lock must not keep a process alive that has nothing else to do.
      server.unref();
      resolve(server);
    });
  });

const close = async (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });

/**
 * Exclusive use of a data directory.
 *
 * A process first listens on its own socket in the directory and then asks all others there, so of two that start at
 * once at least one sees the other. A process that is gone, however it ended, refuses connections, even if its process
 * id is in use again; its socket is removed. The directory must be on a local file system.
 */
export class HomeLock {
  private constructor(
    private readonly server: Server,
    private readonly folder: Folder,
    readonly home: string,
  ) {}

  /** Creates the directory when missing. Rejects with STORE_IN_USE naming the process that has it. */
  static async acquire(home: string): Promise<HomeLock> {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const place = await folderFor(await realpath(home));
    const folder = place.path;
    const name = `${process.pid}.${randomUUID().slice(0, 8)}${SUFFIX}`;
    let state: 'acquiring' | 'held' = 'acquiring';
    const server = await listen(join(folder, name), () => state);
    try {
      for (let round = 1; ; round += 1) {
        const others = await living(folder, name);
        const first = others.find((other) => other.state === 'held' || other.name < name);
        if (first ?? (others[0] && round > YIELD_ROUNDS_MAX))
          throw inUse(home, (first ?? others[0])?.name ?? '');
        if (others.length === 0) break;
        // The others are later in the alphabet and yield.
        await new Promise((resolve) => setTimeout(resolve, YIELD_PAUSE_MS));
      }
      state = 'held';
      return new HomeLock(server, place, home);
    } catch (error) {
      await close(server);
      await place.close();
      throw error;
    }
  }

  /** Gives the directory free. May be repeated. */
  async release(): Promise<void> {
    await close(this.server);
    await this.folder.close();
  }
}

/** A folder of sockets, under a name that is short enough for them. */
type Folder = Readonly<{ path: string; close: () => Promise<void> }>;

/** Whatever TMPDIR says: of two processes each may have its own. */
const SHARED = '/tmp';

/** In the directory itself, so that every container that mounts it sees the lock; elsewhere if sockets can't lie there. */
const folderFor = async (home: string): Promise<Folder> => {
  const inside = await shortened(join(home, 'lock'));
  if (inside !== undefined && (await takesSockets(inside.path))) return inside;
  await inside?.close();
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  const path = join(SHARED, `chainkeep-lock-${name}`);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return { path, close: () => Promise.resolve() };
};

/** A path that is too long for sockets is reached by its descriptor; `undefined` where the system can't do that. */
const shortened = async (path: string): Promise<Folder | undefined> => {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (isShort(path)) return { path, close: () => Promise.resolve() };
  if (process.platform !== 'linux') return undefined;
  const handle = await open(path, 'r');
  let isOpen = true;
  return {
    path: `/proc/self/fd/${handle.fd}`,
    close: async () => {
      if (isOpen) await handle.close();
      isOpen = false;
    },
  };
};

/** With room for the name of a socket. */
const isShort = (folder: string): boolean => Buffer.byteLength(folder) + 32 <= SOCKET_PATH_BYTES_MAX;

const takesSockets = async (folder: string): Promise<boolean> => {
  const probe = join(folder, `probe-${randomUUID().slice(0, 8)}`);
  try {
    await close(await listen(probe, () => ''));
    return true;
  } catch (error) {
    if (['ENOTSUP', 'EOPNOTSUPP', 'EPERM', 'EINVAL', 'EACCES'].includes(codeOf(error))) return false;
    throw error;
  }
};

const living = async (folder: string, own: string): Promise<readonly Other[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX) && name !== own);
  const others = await Promise.all(names.map(async (name) => ask(join(folder, name), name)));
  const gone = others.filter(({ state }) => state === 'gone');
  await Promise.all(gone.map(async ({ name }) => removeOld(join(folder, name))));
  return others.filter(({ state }) => state !== 'gone');
};

/** A young socket may belong to a process that has not begun to listen yet; it does no harm to leave it. */
const removeOld = async (path: string): Promise<void> => {
  try {
    const { ctimeMs } = await stat(path);
    if (Date.now() - ctimeMs > REMOVED_AFTER_MS) await unlink(path);
  } catch (error) {
    // Another process removed it first.
    if (codeOf(error) !== 'ENOENT') throw error;
  }
};
