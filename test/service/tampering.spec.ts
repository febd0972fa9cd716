/** @proves verify finds each of 1,000 flipped bits, and of 1,000 more with forged digests, and names the file. */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createSealReader, manifestToJson, type SealReader, type SegmentManifest } from '#libs/archive';
import { environmentFolders } from '../../apps/cli/src/archive/environment-folder.js';
import type { Fault } from '../../apps/cli/src/archive/fault.js';
import { verifyEnvironment } from '../../apps/cli/src/archive/verify-environment.js';
import { exportedEnvironment, type ExportedEnvironment } from '../support/worlds/exported-environment.js';
import { flipBit } from '../support/programs/run-cli.js';
import { sealedChain, type SealedChainOptions } from '../support/sealed-chain.js';

// A minute on an idle machine; shared cores take their time.
jest.setTimeout(1_200_000);

const MANIFEST = '.manifest.json';
const FOUR = [0, 1, 2, 3];

let reader: SealReader;
let exported: ExportedEnvironment | undefined;
beforeAll(async () => {
  reader = await createSealReader(0);
});
afterEach(async () => {
  await exported?.close();
  exported = undefined;
});
afterAll(async () => {
  await reader.close();
});

const optionsOf = (consensus: SealedChainOptions['consensus']): SealedChainOptions => ({
  consensus,
  blocks: 11,
  validatorsAt: () => FOUR,
  sealersAt: (block) => FOUR.filter((index) => index !== block % 4),
});

const faultsIn = async (): Promise<readonly Fault[]> => {
  const [folder] = await environmentFolders(exported!.folder);
  return (await verifyEnvironment(folder!, reader)).faults;
};

/** The flip numbered `index`: always the same bits, spread over all bytes of all files. */
const bitOf = (index: number, bits: number): number =>
  Number(createHash('sha256').update(`tamper ${index}`).digest().readBigUInt64BE() % BigInt(bits));

/** What a forger would do: the digests of the altered file in its manifest, and the manifest's own, made to fit. */
const forgedManifest = (text: string, file: Buffer): string => {
  const manifest = JSON.parse(text) as SegmentManifest;
  let content = file;
  try {
    if (manifest.compression === 'gzip') content = gunzipSync(file);
  } catch {
    // A file that can't be unpacked any more: its content has no digest.
  }
  return manifestToJson({
    ...manifest,
    sha256: createHash('sha256').update(file).digest('hex'),
    content_sha256: createHash('sha256').update(content).digest('hex'),
  });
};

type Tally = { flips: number; found: number; rightFile: number; exact: number };

/** Flips one bit after the other in the files that `isTried` takes; each must be found, and in the right file. */
const tamper = async (flips: number, isTried: (name: string) => boolean, forge = false): Promise<Tally> => {
  const { folder } = exported!;
  const names = (await readdir(folder)).filter(isTried).sort();
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
  );
  const total = files.reduce((sum, { bytes }) => sum + bytes.length * 8, 0);
  const tally = { flips, found: 0, rightFile: 0, exact: 0 };
  expect(await faultsIn()).toEqual([]);
  for (let index = 0; index < flips; index += 1) {
    let bit = bitOf(index, total);
    const { name, bytes } = files.find(
      (file) => bit < file.bytes.length * 8 || ((bit -= file.bytes.length * 8), false),
    )!;
    const altered = flipBit(bytes, bit);
    await writeFile(join(folder, name), altered);
    const manifest = join(folder, name + MANIFEST);
    const before = forge ? await readFile(manifest, 'utf8') : '';
    if (forge) await writeFile(manifest, forgedManifest(before, altered));
    const faults = await faultsIn();
    if (faults.length === 0) expect(`${name}, bit ${bit}`).toBe('found');
    tally.found += 1;
    if (faults.some(({ file }) => file === name)) tally.rightFile += 1;
    if (faults.some(({ file, offset }) => file === name && offset === bit >> 3)) tally.exact += 1;
    await writeFile(join(folder, name), bytes);
    if (forge) await writeFile(manifest, before);
  }
  return tally;
};

const isArchive = (name: string): boolean =>
  name.endsWith('.rlp') || name.endsWith(MANIFEST) || name === 'backup_snapshot.json';
const isBlocks = (name: string): boolean => name.endsWith('.rlp');

describe('one flipped bit, of 1,000 random ones each, is found by verify, which says where', () => {
  it('anywhere in files, manifests and history of a QBFT chain', async () => {
    exported = await exportedEnvironment(sealedChain(optionsOf('qbft')));
    const tally = await tamper(1_000, isArchive);
    expect(tally).toMatchObject({ flips: 1_000, found: 1_000, rightFile: 1_000 });
    // The very byte is named nearly always; a flip in a length or a document's value shows where it begins to matter.
    expect(tally.exact).toBeGreaterThan(700);
  });

  it('in files whose digests a forger put into the manifest', async () => {
    exported = await exportedEnvironment(sealedChain(optionsOf('qbft')));
    const tally = await tamper(1_000, isBlocks, true);
    expect(tally).toMatchObject({ found: 1_000, rightFile: 1_000 });
    expect(tally.exact).toBeGreaterThan(900);
  });
});

describe.each(['ibft', 'ibft2', 'clique', 'raft', 'plain'] as const)(
  'on a generated %s chain',
  (consensus) => {
    it('flipped bits are found, and with digests forged too', async () => {
      exported = await exportedEnvironment(sealedChain(optionsOf(consensus)));
      const anywhere = await tamper(25, isArchive);
      const forged = await tamper(25, isBlocks, true);
      expect(anywhere.found).toBe(25);
      expect(forged).toMatchObject({ found: 25, rightFile: 25 });
    });
  },
);
