import { spawnSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sha256Hex } from '#libs/kernel';
import { recordSyncs } from '../../../../../test/support/checks/sync-record.js';
import { bodyFromBytes, bodyFromFile, digestOf } from '../../body.js';
import { objectStoreContract } from '../../object-store.contract.js';
import { DirectoryObjectStore } from './directory.object-store.js';
import { onDisk } from './file-system.js';

const text = (value: string) => bodyFromBytes(Buffer.from(value));
const code = (value: string) => ({ code: value });

objectStoreContract('DirectoryObjectStore', async () => {
  const root = await mkdtemp(join(tmpdir(), 'chainkeep-objects-'));
  return {
    store: new DirectoryObjectStore({ root }),
    residentBytes: () => 0,
    dispose: async () => rm(root, { recursive: true }),
  };
});

describe('DirectoryObjectStore', () => {
  let base: string;
  let root: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'chainkeep-directory-'));
    root = join(base, 'root');
    await mkdir(root);
  });
  afterEach(async () => {
    await rm(base, { recursive: true });
  });

  it('writes keys as plain files and leaves no temporary file behind', async () => {
    const store = new DirectoryObjectStore({ root });
    await store.put('env/a.rlp', text('hello'), 'if-absent');
    await store.put('env/a.rlp', text('hello'), 'if-absent');
    await store.put('env/a.rlp', text('again'), 'always');
    expect(await readFile(join(root, 'env/a.rlp'), 'utf8')).toBe('again');
    expect(await readdir(join(root, '.chainkeep-tmp'))).toStrictEqual([]);
  });

  it.each(['if-absent', 'always'] as const)(
    'flushes a file, its name and new folders (%s)',
    async (condition) => {
      const store = new DirectoryObjectStore({ root });
      await store.put('env/first', text('opens the store'), 'always');
      const synced = await recordSyncs(() => store.put('env/new/deep/a.rlp', text('hello'), condition));
      // The bytes while they have their temporary name; then each folder once it has its entry, and the name at last.
      expect(synced).toMatchObject([
        { path: expect.stringContaining('.chainkeep-tmp/'), bytes: 5 },
        { path: join(root, 'env/new'), names: ['deep'] },
        { path: join(root, 'env'), names: ['first', 'new'] },
        { path: join(root, 'env/new/deep'), names: ['a.rlp'] },
      ]);
      const removed = await recordSyncs(() => store.remove('env/new/deep/a.rlp'));
      expect(removed).toStrictEqual([{ path: join(root, 'env/new/deep'), names: [] }]);
    },
  );

  it('takes a body from a file', async () => {
    const path = join(base, 'source');
    await writeFile(path, 'x'.repeat(300_000));
    const body = await bodyFromFile(path, sha256Hex('x'.repeat(300_000)));
    const store = new DirectoryObjectStore({ root });
    expect((await store.put('k', body, 'if-absent')).outcome).toBe('stored');
    expect(await digestOf(store, 'k')).toStrictEqual({ bytes: 300_000, sha256: body.sha256 });
  });

  it('keeps an object through another instance, with the same etag', async () => {
    const { object } = await new DirectoryObjectStore({ root }).put('k', text('x'), 'always');
    expect(await new DirectoryObjectStore({ root }).head('k')).toStrictEqual(object);
  });

  it('serialises replacements of one key over two instances', async () => {
    const [one, two] = [new DirectoryObjectStore({ root }), new DirectoryObjectStore({ root })];
    const { etag } = (await one.put('k', text('0'), 'always')).object!;
    const results = await Promise.all(
      [one, two, one, two].map(async (store, index) => store.put('k', text(`v${index}`), { ifMatch: etag })),
    );
    expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
  });

  it('creates the root when told to, and says TARGET_UNAVAILABLE of a missing one otherwise', async () => {
    const path = join(base, 'not/yet');
    await expect(new DirectoryObjectStore({ root: path }).head('k')).rejects.toMatchObject(
      code('TARGET_UNAVAILABLE'),
    );
    await new DirectoryObjectStore({ root: path, create: true }).put('k', text('x'), 'always');
    expect(await readFile(join(path, 'k'), 'utf8')).toBe('x');
  });

  it('goes on when a missing root comes back, and sees when it is unmounted later', async () => {
    const store = new DirectoryObjectStore({ root });
    await store.put('k', text('x'), 'always');
    await rename(root, join(base, 'away'));
    await expect(store.head('k')).rejects.toMatchObject(code('TARGET_UNAVAILABLE'));
    await mkdir(root);
    await expect(store.head('k')).rejects.toMatchObject(code('TARGET_UNAVAILABLE'));
    await expect(store.put('k', text('y'), 'if-absent')).rejects.toMatchObject(code('TARGET_UNAVAILABLE'));
    expect(await readdir(root)).toStrictEqual([]);
    await rm(root, { recursive: true });
    await rename(join(base, 'away'), root);
    expect(await digestOf(store, 'k')).toMatchObject({ bytes: 1 });
  });

  it('says TARGET_UNAVAILABLE of a root that is a file', async () => {
    await writeFile(join(base, 'file'), '');
    const store = new DirectoryObjectStore({ root: join(base, 'file') });
    await expect(store.head('k')).rejects.toMatchObject(code('TARGET_UNAVAILABLE'));
  });

  it('touches nothing when read only', async () => {
    await writeFile(join(root, 'k'), 'x');
    const store = new DirectoryObjectStore({ root, readOnly: true });
    expect(await digestOf(store, 'k')).toMatchObject({ bytes: 1 });
    await expect(store.put('l', text('x'), 'always')).rejects.toMatchObject(code('TARGET_DENIED'));
    await expect(store.remove('k')).rejects.toMatchObject(code('TARGET_DENIED'));
    expect(await readdir(root)).toStrictEqual(['k']);
  });

  it('never follows a symbolic link below its root', async () => {
    const outside = join(base, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(outside, join(root, 'folder'));
    await symlink(join(outside, 'secret'), join(root, 'file'));
    const store = new DirectoryObjectStore({ root });
    await expect(store.put('folder/new', text('x'), 'always')).rejects.toMatchObject(code('TARGET_DENIED'));
    await expect(digestOf(store, 'folder/secret')).rejects.toMatchObject(code('TARGET_DENIED'));
    await expect(digestOf(store, 'file')).rejects.toMatchObject(code('TARGET_OBJECT_DIFFERS'));
    await expect(store.put('file', text('x'), 'always')).rejects.toMatchObject(code('TARGET_OBJECT_DIFFERS'));
    await expect(store.list('folder/')[Symbol.asyncIterator]().next()).rejects.toMatchObject(
      code('TARGET_DENIED'),
    );
    const listed = [];
    for await (const { key } of store.list('')) listed.push(key);
    expect(listed).toStrictEqual([]);
    expect(await readdir(outside)).toStrictEqual(['secret']);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
  });

  it('says TARGET_OBJECT_DIFFERS where a folder has the key, or a file its folder', async () => {
    const store = new DirectoryObjectStore({ root });
    await store.put('a/b', text('x'), 'if-absent');
    for (const condition of ['if-absent', 'always'] as const) {
      const differs = code('TARGET_OBJECT_DIFFERS');
      await expect(store.put('a', text('x'), condition)).rejects.toMatchObject(differs);
      await expect(store.put('a/b/c', text('x'), condition)).rejects.toMatchObject(differs);
    }
  });

  it('sweeps what dead writers left, and nothing of living ones', async () => {
    const temporary = join(root, '.chainkeep-tmp');
    const first = new DirectoryObjectStore({ root });
    let ours = '';
    const put = first.put(
      'k',
      {
        ...text('x'),
        open: async function* () {
          ours = (await readdir(temporary))[0] ?? '';
          const [host = ''] = ours.split('.');
          const dead = spawnSync(process.execPath, ['-e', '']).pid;
          const day = Date.now() / 1000 - 25 * 3600;
          for (const name of [`${host}.${dead}.i.u`, `${host}.${process.pid}.earlier.u`]) {
            await writeFile(join(temporary, name), '');
          }
          for (const name of [`${host}.${process.ppid}.i.u`, `other.${dead}.i.u`, 'stranger']) {
            await writeFile(join(temporary, name), '');
          }
          await writeFile(join(temporary, 'other.1.i.old'), '');
          await utimes(join(temporary, 'other.1.i.old'), day, day);
          await new DirectoryObjectStore({ root }).head('k');
          const left = await readdir(temporary);
          expect(left.toSorted()).toStrictEqual(
            [ours, `${host}.${process.ppid}.i.u`, `other.${dead}.i.u`, 'stranger'].toSorted(),
          );
          yield Buffer.from('x');
        },
      },
      'if-absent',
    );
    expect((await put).outcome).toBe('stored');
  });

  it('says TARGET_DENIED where it may not write', async () => {
    // Root may write everywhere but into the kernel's own file systems.
    const denied = process.getuid?.() === 0 ? '/sys' : root;
    await chmod(root, 0o500);
    const store = new DirectoryObjectStore({ root: denied });
    await expect(store.put('a/b', text('x'), 'always')).rejects.toMatchObject(code('TARGET_DENIED'));
    await chmod(root, 0o700);
  });

  it('says TARGET_FULL when the disk has no space left', async () => {
    // /dev/full refuses every write with ENOSPC.
    await expect(onDisk('write', '/dev/full', () => writeFile('/dev/full', 'x'))).rejects.toMatchObject(
      code('TARGET_FULL'),
    );
  });

  it('refuses if-absent when another process took the key during the transfer', async () => {
    const store = new DirectoryObjectStore({ root });
    const body = {
      ...text('ours'),
      open: async function* () {
        yield Buffer.from('ours');
        await writeFile(join(root, 'k'), 'theirs');
      },
    };
    const result = await store.put('k', body, 'if-absent');
    expect(result).toStrictEqual({ outcome: 'refused', object: await store.head('k') });
    expect(await readFile(join(root, 'k'), 'utf8')).toBe('theirs');
  });
});
