import { constants, type BigIntStats } from 'node:fs';
import { link, open, readdir, realpath, rename, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ProbeFinding } from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { checkedChunks } from '../../body.js';
import { checkPrefix, compareKeys, RESERVED_SEGMENT, segmentsOf } from '../../key.js';
import {
  ObjectStore,
  type ObjectBody,
  type ObjectInfo,
  type PutCondition,
  type PutResult,
} from '../../object-store.js';
import { holds } from '../conditions.js';
import { makeDirectory, onDisk, statOrNothing, syncDirectory, systemCode } from './file-system.js';
import { KeyLocks } from '../key-locks.js';
import { newTemporaryName, sweepTemporaryFiles } from './temporary-files.js';

export type DirectoryObjectStoreOptions = Readonly<{
  /** The directory the keys lie in. */
  root: string;
  /** Create the root when it is missing; without it a missing root (an absent mount) is TARGET_UNAVAILABLE. */
  create?: boolean;
  /** Write nothing at all, not even the folder for temporary files; `put` and `remove` are TARGET_DENIED. */
  readOnly?: boolean;
}>;

const READ_BYTES = 1 << 18;
const locks = new KeyLocks();

const infoOf = (key: string, found: BigIntStats): ObjectInfo => ({
  key,
  bytes: Number(found.size),
  etag: `${found.ino}-${found.mtimeNs}-${found.size}`,
});

const writeAll = async (handle: FileHandle, chunk: Uint8Array): Promise<void> => {
  for (let offset = 0; offset < chunk.byteLength;) {
    const { bytesWritten } = await handle.write(chunk, offset, chunk.byteLength - offset);
    offset += bytesWritten;
  }
};

/**
 * Objects as files below a directory. Nothing is touched before the first call, and a directory that was missing then
 * (a mount that is not there) is tried again by the next call.
 *
 * `if-absent` is exact among all processes that share the directory (it is a hard link); `ifMatch` is exact within
 * this process. Symbolic links below the root are never followed.
 */
export class DirectoryObjectStore extends ObjectStore {
  private readonly options: DirectoryObjectStoreOptions;
  private opened: Promise<string> | undefined;

  constructor(options: DirectoryObjectStoreOptions) {
    super();
    this.options = options;
  }

  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    const path = await this.pathToChange(key);
    signal?.throwIfAborted();
    // Asked first, so that a refusal does not cost a transfer; decided again when the object is published.
    const standing = await this.standing(key, path);
    if (!holds(condition, standing)) return { outcome: 'refused', object: standing };
    const temporary = join(await this.root(), RESERVED_SEGMENT, newTemporaryName());
    try {
      await this.write(temporary, body, signal);
      signal?.throwIfAborted();
      return await locks.run(path, () => this.publish(key, path, temporary, condition));
    } finally {
      // Gone already after a rename. What cannot be removed now is swept at the next start.
      await unlink(temporary).catch(() => undefined);
    }
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    return this.standing(key, await this.path(key));
  }

  override async *get(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const path = await this.path(key);
    if ((await this.standing(key, path)) === undefined) throw missing(key);
    const handle = await onDisk('open an object', key, () =>
      open(path, constants.O_RDONLY | constants.O_NOFOLLOW),
    );
    try {
      for (;;) {
        signal?.throwIfAborted();
        const buffer = Buffer.allocUnsafe(READ_BYTES);
        const { bytesRead } = await onDisk('read an object', key, () => handle.read(buffer, 0, READ_BYTES));
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  override async *list(prefix: string): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const root = await this.root();
    await refuseLinks(root, folder.split('/').slice(0, -1));
    yield* this.walk(root, folder, prefix);
  }

  override async remove(key: string): Promise<void> {
    const path = await this.pathToChange(key);
    await locks.run(path, () =>
      onDisk('remove an object', key, async () => {
        if ((await statOrNothing(path)) === undefined) return;
        await unlink(path);
        await syncDirectory(dirname(path));
      }),
    );
  }

  /** The file systems below are not known, so nothing is copied without reading it. */
  override async copyFrom(): Promise<PutResult | undefined> {
    return undefined;
  }

  override async inspect(): Promise<readonly ProbeFinding[]> {
    return [];
  }

  /** The root as a real path; checked at every call, since mounts come and go. */
  private async root(): Promise<string> {
    const opening = (this.opened ??= onDisk('open the directory', this.options.root, () => this.open()));
    const root = await opening.catch((error: unknown) => {
      if (this.opened === opening) this.opened = undefined;
      throw error;
    });
    // An unmounted file system leaves an empty directory, which lacks the folder made when the store was opened.
    const sign = this.options.readOnly ? root : join(root, RESERVED_SEGMENT);
    const found = await onDisk('find the directory', root, () => statOrNothing(sign));
    if (!found?.isDirectory()) {
      throw new CodedError(
        'TARGET_UNAVAILABLE',
        'The directory no longer exists. It may have been unmounted.',
        {
          context: { root },
        },
      );
    }
    return root;
  }

  private async open(): Promise<string> {
    const wanted = resolve(this.options.root);
    if (this.options.create && !this.options.readOnly) await makeDirectory(wanted);
    const root = await realpath(wanted);
    if (!(await stat(root)).isDirectory()) {
      throw new CodedError('TARGET_UNAVAILABLE', 'A path that should be a directory is not one.', {
        context: { root },
      });
    }
    if (!this.options.readOnly) {
      const temporary = join(root, RESERVED_SEGMENT);
      await makeDirectory(temporary);
      // A link to somewhere else must not be swept.
      if ((await statOrNothing(temporary))?.isDirectory()) await sweepTemporaryFiles(temporary, Date.now());
    }
    return root;
  }

  private async path(key: string): Promise<string> {
    const segments = segmentsOf(key);
    const root = await this.root();
    await refuseLinks(root, segments.slice(0, -1));
    return join(root, ...segments);
  }

  private async pathToChange(key: string): Promise<string> {
    const path = await this.path(key);
    if (!this.options.readOnly) return path;
    throw new CodedError('TARGET_DENIED', 'The directory was opened read-only.', { context: { key } });
  }

  private async standing(key: string, path: string): Promise<ObjectInfo | undefined> {
    const found = await onDisk('look at an object', key, () => statOrNothing(path));
    if (found === undefined || found.isDirectory()) return undefined;
    if (found.isFile()) return infoOf(key, found);
    throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} exists but is not a file.`, {
      context: { key },
    });
  }

  private async write(temporary: string, body: ObjectBody, signal?: AbortSignal): Promise<void> {
    const handle = await onDisk('create a file', temporary, () => open(temporary, 'wx', 0o644));
    try {
      for await (const chunk of checkedChunks(body, signal)) {
        await onDisk('write a file', temporary, () => writeAll(handle, chunk));
      }
      await onDisk('flush a file to disk', temporary, () => handle.sync());
    } finally {
      await handle.close();
    }
  }

  private async publish(
    key: string,
    path: string,
    temporary: string,
    condition: PutCondition,
  ): Promise<PutResult> {
    const standing = await this.standing(key, path);
    if (!holds(condition, standing)) return { outcome: 'refused', object: standing };
    await onDisk('create a folder', key, () => makeDirectory(dirname(path)));
    if (condition === 'if-absent') {
      const taken = await onDisk('publish a file (this needs hard links)', key, () =>
        linkUnlessTaken(temporary, path),
      );
      if (taken) return { outcome: 'refused', object: await this.inTheWay(key, path) };
    } else {
      await onDisk('publish a file', key, () => rename(temporary, path));
    }
    await onDisk('flush a folder to disk', key, () => syncDirectory(dirname(path)));
    const stored = await this.standing(key, path);
    if (stored) return { outcome: 'stored', object: stored };
    throw new CodedError('TARGET_UNAVAILABLE', `${key} disappeared while Chainkeep was storing it.`, {
      context: { key },
    });
  }

  private async inTheWay(key: string, path: string): Promise<ObjectInfo> {
    const standing = await this.standing(key, path);
    if (standing) return standing;
    throw new CodedError('TARGET_OBJECT_DIFFERS', `${key} is a folder.`, { context: { key } });
  }

  /** Keys below `folder` (empty or ending in `/`) in order; folders sort with the `/` that follows them in a key. */
  private async *walk(root: string, folder: string, prefix: string): AsyncIterable<ObjectInfo> {
    for (const { name, kind } of await entriesOf(join(root, folder), folder)) {
      const key = `${folder}${name}`;
      if (kind === 'folder') {
        const below = `${key}/`;
        if (below.startsWith(prefix) || prefix.startsWith(below)) yield* this.walk(root, below, prefix);
      } else if (key.startsWith(prefix)) {
        const found = await onDisk('look at an object', key, () => statOrNothing(join(root, key)));
        if (found?.isFile()) yield infoOf(key, found);
      }
    }
  }
}

const missing = (key: string): CodedError =>
  new CodedError('TARGET_OBJECT_MISSING', `There is no object ${key}.`, { context: { key } });

const linkUnlessTaken = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return false;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return true;
    throw error;
  }
};

const refuseLinks = async (root: string, folders: readonly string[]): Promise<void> => {
  let path = root;
  for (const folder of folders) {
    path = join(path, folder);
    const at = path;
    const found = await onDisk('look at a folder', at, () => statOrNothing(at));
    if (found === undefined) return;
    if (found.isSymbolicLink()) {
      throw new CodedError(
        'TARGET_DENIED',
        'The path contains a symbolic link. Chainkeep does not follow links.',
        {
          context: { path: at },
        },
      );
    }
  }
};

type Entry = Readonly<{ name: string; kind: 'file' | 'folder'; order: string }>;

const entriesOf = async (path: string, folder: string): Promise<readonly Entry[]> => {
  const found = await onDisk('list a folder', path, async () => {
    // A prefix below something that isn't a folder (or a link to one) has no keys.
    if (!(await statOrNothing(path))?.isDirectory()) return [];
    return readdir(path, { withFileTypes: true });
  });
  return found
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .filter((entry) => folder !== '' || entry.name !== RESERVED_SEGMENT)
    .map((entry): Entry => {
      const { name } = entry;
      return entry.isFile()
        ? { name, kind: 'file', order: name }
        : { name, kind: 'folder', order: `${name}/` };
    })
    .sort((a, b) => compareKeys(a.order, b.order));
};
