import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildInfo } from './build-info.js';

describe('buildInfo', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'chainkeep-build-'));
    await mkdir(join(root, 'dist/apps/x'), { recursive: true });
  });
  afterEach(async () => {
    await rm(root, { recursive: true });
  });
  const ask = () => buildInfo(pathToFileURL(join(root, 'dist/apps/x/main.js')).href);

  it('says the version of the package and the commit of the build', async () => {
    await writeFile(join(root, 'package.json'), '{"version":"1.2.3"}');
    await writeFile(join(root, 'dist/build-info.json'), '{"commit":"abc"}');
    expect(await ask()).toEqual({ version: '1.2.3', commit: 'abc' });
  });

  it('says unknown where nothing is written', async () => {
    await writeFile(join(root, 'package.json'), '{"version":"1.2.3"}');
    expect(await ask()).toEqual({ version: '1.2.3', commit: 'unknown' });
    await rm(join(root, 'package.json'));
    expect(await ask()).toEqual({ version: 'unknown', commit: 'unknown' });
  });
});
