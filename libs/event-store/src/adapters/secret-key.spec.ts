import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSecretKey } from './secret-key.js';

describe('loadSecretKey', () => {
  let home: string;
  let file: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'chainkeep-key-'));
    file = join(home, 'deeper', 'secret.key');
  });
  afterEach(async () => {
    await rm(home, { recursive: true });
  });

  it('makes a key once, readable by its owner only, the same for all who ask at once', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map(() => loadSecretKey({ file })));
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, 'deeper'))).toStrictEqual(['secret.key']);
    expect(await loadSecretKey({ file, env: '' })).toStrictEqual(keys[0]);
  });

  it.each(['hex', 'base64', 'base64url'] as const)(
    'takes a key in %s from the environment',
    async (encoding) => {
      const key = Buffer.alloc(32, 0xfb);
      expect(await loadSecretKey({ env: key.toString(encoding), file })).toStrictEqual(key);
      expect(await readdir(home)).toStrictEqual([]);
    },
  );

  it.each(['short', 'zz'.repeat(32), Buffer.alloc(31).toString('base64')])(
    'refuses %s without repeating it',
    async (env) => {
      const refused = loadSecretKey({ env, file });
      await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      await refused.catch((error: unknown) => {
        expect(String(error)).not.toContain(env);
      });
    },
  );

  it('refuses a damaged key file and leaves it', async () => {
    const damaged = join(home, 'secret.key');
    await writeFile(damaged, 'oops');
    await expect(loadSecretKey({ file: damaged })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect((await stat(damaged)).size).toBe(4);
  });
});
