/** @proves Without a native secp256k1, the WebAssembly build gives the same signers, and elliptic is never loaded. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import type { BlockSeals } from '#libs/archive';

import { spawnTs } from '../support/programs/run-ts.js';

type Report = Readonly<{ seals: readonly BlockSeals['seals'][]; build: string; elliptic: readonly string[] }>;
type Entry = Readonly<{ kind: string; rlp?: string }>;

const fixtures = JSON.parse(readFileSync('test/fixtures/blocks.json', 'utf8')) as readonly Entry[];
const blocks = fixtures.flatMap(({ kind, rlp }) =>
  kind === 'block' && rlp !== undefined ? [rlp.slice(2)] : [],
);

/** `--no-addons` is how a platform looks for which the package has no binary. */
const reportOf = async (nodeArgs: readonly string[]): Promise<Report> => {
  const child = spawnTs('test/support/programs/signatures-main.ts', {
    stdio: ['pipe', 'pipe', 'inherit'],
    nodeArgs,
  });
  if (!child.stdin || !child.stdout) throw new Error('the program has no pipes');
  child.stdin.end(blocks.join('\n'));
  return JSON.parse(await text(child.stdout)) as Report;
};

describe('the build of secp256k1', () => {
  it('is WebAssembly without native addons, gives the same seals, and elliptic is never loaded', async () => {
    const usual = await reportOf([]);
    const without = await reportOf(['--no-addons']);
    expect(without.build).toBe('WebAssembly');
    expect(usual.seals.flat().filter(({ signer }) => signer !== undefined).length).toBeGreaterThan(80);
    expect(without.seals).toEqual(usual.seals);
    expect([...usual.elliptic, ...without.elliptic]).toEqual([]);
  });

  it('would be elliptic without native addons if the package chose', () => {
    const program = `require('secp256k1'); console.log(Object.keys(require.cache).some((file) => /elliptic/.test(file)))`;
    expect(spawnSync(process.execPath, ['--no-addons', '-e', program], { encoding: 'utf8' }).stdout).toBe(
      'true\n',
    );
  });
});
