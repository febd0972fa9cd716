/** @proves Older files and their manifests are believed only as they were recorded: what was put in their place hands no validators on (SIMULATED nodes). */
import { afterEach, describe, expect, it } from '@jest/globals';
import { manifestKey, manifestToJson, parseManifest, segmentKey } from '#libs/archive';
import { SealedNetwork } from '../support/worlds/sealed-network.js';
import { sealedChain, testKey } from '../support/sealed-chain.js';

const FOUR = [0, 1, 2, 3];
const STRANGERS = [10, 11, 12, 13].map((index) => testKey(index).hex).sort();

let network: SealedNetwork;
afterEach(async () => {
  await network.close();
});

const chain = sealedChain({ consensus: 'qbft', blocks: 30, validatorsAt: () => FOUR });
const start = async (): Promise<void> => {
  network = await SealedNetwork.start(chain, { consensus: 'qbft', genesis: chain.genesis });
};
const warnings = async (): Promise<readonly string[]> =>
  (await network.newest()).warnings?.map(({ message }) => message) ?? [];
const evidence = async () => (await network.newest()).evidence;

describe('the validators that older files hand on', () => {
  it('are read from the manifest that was recorded, never from one that was put in its place', async () => {
    await start();
    await network.backUp(7);
    const { file } = await network.newest();
    await network.alter(manifestKey('e', file), (bytes) => {
      const manifest = parseManifest(bytes);
      const { validator_set: set } = manifest;
      const end = { ...set!.end!, validators: STRANGERS as never };
      // Its own digest is right: only the digest in the event tells.
      return Buffer.from(manifestToJson({ ...manifest, validator_set: { ...set!, end } }));
    });
    expect(await network.backUp(15)).toBe('BackupCompleted');
    // No copy has the manifest that was recorded, so the validators are followed again from block 0 of the files.
    expect(await evidence()).toMatchObject({ verdict: 'valid', level: 'proved' });
    const { validator_set: set } = await network.manifest();
    expect(set?.start?.validators).toStrictEqual(FOUR.map((index) => testKey(index).hex).sort());
  });

  it('judges only the recorded bytes of older files again', async () => {
    await start();
    await network.backUp(7);
    const { file } = await network.newest();
    // The same block with other seals, as many as are needed: its hash is the same.
    const other = chain.raws.slice(0, 8).with(5, chain.resealed(5, [1, 2, 3]));
    await network.alter(segmentKey('e', file), () => Buffer.concat(other));
    const { config } = chain.genesis as { config: Record<string, unknown> };
    await network.provideGenesis({ ...chain.genesis, config: { ...config, comment: 'same rules' } });
    expect(await network.backUp(15)).toBe('BackupCompleted');
    expect((await evidence())?.level).not.toBe('proved');
    expect((await warnings()).join()).toContain(
      `${file} in the managed bucket is not the file that was recorded`,
    );
  });
});
