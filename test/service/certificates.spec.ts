/**
 * @proves The exporter's certificates link from file to file and are judged offline. Content roots are equal when seals differ (SIMULATED nodes).
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createSealReader, parseManifest, type SealReader, type SegmentManifest } from '#libs/archive';
import { environmentFolders } from '../../apps/cli/src/archive/environment-folder.js';
import { verifyEnvironment, type EnvironmentReport } from '../../apps/cli/src/archive/verify-environment.js';
import {
  exportedEnvironment,
  type ExportedEnvironment,
  type ExportOptions,
} from '../support/worlds/exported-environment.js';
import { runCliProcess } from '../support/programs/run-cli.js';
import { sealedChain, testKey, type SealedChain, type SealedChainOptions } from '../support/sealed-chain.js';

let reader: SealReader;
let exported: ExportedEnvironment | undefined;
beforeAll(async () => {
  reader = await createSealReader(0);
});
afterEach(async () => {
  await exported?.close();
  exported = undefined;
});

const FOUR = [0, 1, 2, 3];
const FIVE = [0, 1, 2, 3, 4];
const addresses = (indices: readonly number[]): string[] => indices.map((index) => testKey(index).hex).sort();

const backUp = async (chain: SealedChain, options: ExportOptions = {}): Promise<EnvironmentReport> => {
  exported = await exportedEnvironment(chain, options);
  const [folder] = await environmentFolders(exported.folder);
  return verifyEnvironment(folder!, reader);
};

const manifests = async (): Promise<SegmentManifest[]> => {
  const names = (await readdir(exported!.folder)).filter((name) => name.endsWith('.manifest.json')).sort();
  return Promise.all(names.map(async (name) => parseManifest(await readFile(join(exported!.folder, name)))));
};

const setOf = (manifest: SegmentManifest | undefined) => manifest!.validator_set!;

/** Key 4 is voted in over blocks 6, 7 and 9: across the border of two files. */
const changing = (consensus: SealedChainOptions['consensus']): SealedChainOptions => ({
  consensus,
  blocks: 23,
  validatorsAt: (block) => (block < 10 ? FOUR : FIVE),
  voteAt: (block) => ([6, 7, 9].includes(block) ? { candidate: 4, add: true } : undefined),
  proposerAt: (block) => (block < 10 ? block % 4 : (block + 2) % 5),
});

describe('certificates made by the exporter and judged offline, on generated chains and SIMULATED nodes', () => {
  it.each(['ibft', 'ibft2', 'qbft', 'clique'] as const)(
    '%s: chained from file to file, with a validator voted in across two of them',
    async (consensus) => {
      const report = await backUp(sealedChain(changing(consensus)), { firstHead: 15 });
      expect(report.faults).toEqual([]);
      expect(report.files.map(({ ok, certificate }) => [ok, certificate?.anchor])).toEqual(
        Array.from({ length: 3 }, () => [true, 'genesis']),
      );
      expect(report.files.every(({ certificate }) => certificate?.verdict.startsWith('valid'))).toBe(true);
      const [first, second, third] = await manifests();
      const [one, two, three] = [setOf(first), setOf(second), setOf(third)];
      expect(one).toMatchObject({ evidence: 'genesis', start: null, end: { validators: addresses(FOUR) } });
      expect(one.end?.votes).toHaveLength(2);
      expect(two).toMatchObject({ evidence: 'previous-segment', start: one.end });
      expect(two).toMatchObject({ end: { validators: addresses(FIVE), votes: [] } });
      expect(second!.certificate).toMatchObject({ changes: [{ block: 10, validators: addresses(FIVE) }] });
      expect(three.start).toEqual(two.end);
      const { entries } = await exported!.world.ports.histories.read('e');
      expect(entries.map(({ certificate }) => certificate.kind)).toEqual(
        Array.from({ length: 3 }, () => (consensus === 'clique' ? 'clique-signers' : 'commit-seals')),
      );
      for (const { evidence } of entries) {
        expect(evidence).toMatchObject({ level: 'proved', verdict: report.files[0]!.certificate?.verdict });
        expect(evidence?.genesisSha256).toMatch(/^[0-9a-f]{64}$/);
      }
    },
  );

  it('Clique: the headers after a file that exist when it is made support it', async () => {
    await backUp(sealedChain({ consensus: 'clique', blocks: 20, validatorsAt: () => FOUR }), {
      settings: { minConfirmations: 3 },
    });
    const supports = (await manifests()).map(({ certificate }) =>
      certificate.kind === 'clique-signers' ? certificate.support : undefined,
    );
    expect(supports.map((support) => support?.headers.length)).toEqual([8, 5, 3]);
    expect(supports.at(-1)).toMatchObject({ needed: 3, signers: addresses([2, 3, 0]) });
  });

  it('takes the seals of another node when the monitor holds too few', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 7, validatorsAt: () => FOUR });
    const lacking = chain.raws.with(5, chain.resealed(5, [0, 1]));
    const report = await backUp(chain, { raws: (node) => (node === 0 ? lacking : undefined) });
    expect(report.faults).toEqual([]);
    const [manifest] = await manifests();
    expect(manifest).toMatchObject({ source: { node: 'v1' }, certificate: { verdict: 'valid' } });
    const warned = exported!.world.log.lines.filter(({ message }) => message.includes('seals'));
    expect(warned).toMatchObject([{ fields: { node: 'monitor', block: '5', code: 'SEALS_BELOW_QUORUM' } }]);
  });

  it('takes over an object that a crash left behind only when its seals are in order', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 7, validatorsAt: () => FOUR });
    const left = (sealers: readonly number[]): Buffer =>
      Buffer.concat(chain.raws.with(5, chain.resealed(5, sealers)));
    for (const [sealers, node] of [
      [[0, 1], 'monitor'],
      [[1, 2, 3], 'managed-bucket'],
    ] as const) {
      const report = await backUp(chain, { leftBehind: left(sealers) });
      expect(report.faults).toEqual([]);
      const [manifest] = await manifests();
      expect(manifest).toMatchObject({ source: { node }, certificate: { verdict: 'valid' } });
      await exported!.close();
    }
    exported = undefined;
  });

  it('backs up what all nodes hold, and says what is wrong with it', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 7, validatorsAt: () => FOUR });
    const lacking = chain.raws.with(5, chain.resealed(5, [0, 1]));
    const report = await backUp(chain, { raws: () => lacking, settings: { evidence: 'record' } });
    expect(report.faults).toMatchObject([{ code: 'SEALS_BELOW_QUORUM', block: 5 }]);
    expect((await manifests())[0]?.certificate).toMatchObject({ verdict: 'invalid', fault: { block: 5 } });
    const { entries } = await exported!.world.ports.histories.read('e');
    expect(entries[0]?.certificate.summary).toContain('block 5');
  });

  it('gives two honest exporters whose seals differ the same content root and other digests', async () => {
    const chain = sealedChain({ consensus: 'ibft2', blocks: 7, validatorsAt: () => FOUR });
    const made: SegmentManifest[] = [];
    for (const sealers of [
      [0, 1, 2],
      [1, 2, 3],
    ]) {
      const raws = chain.raws.map((raw, block) => (block === 0 ? raw : chain.resealed(block, sealers)));
      const report = await backUp(chain, { raws: () => raws });
      expect(report.faults).toEqual([]);
      made.push(...(await manifests()));
      await exported!.close();
    }
    exported = undefined;
    const [one, other] = made;
    expect(one?.content_root).toBe(other?.content_root);
    expect(one?.content_sha256).not.toBe(other?.content_sha256);
  });

  it('asks the nodes who the validators are when a contract chooses them, and records that as evidence', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 7, contract: true, validatorsAt: () => FOUR });
    const report = await backUp(chain, { validators: addresses(FOUR) });
    expect(report.faults).toEqual([]);
    const [manifest] = await manifests();
    expect(manifest).toMatchObject({
      validator_set: {
        stated: [{ block: 0, validators: addresses(FOUR), node: 'v1', nodes: ['v1', 'v2'], needed: 2 }],
      },
      certificate: { kind: 'commit-seals', verdict: 'valid', validators: 4 },
    });
  });

  it.each(['raft', 'plain'] as const)('%s: the confirmations of the validators', async (consensus) => {
    const report = await backUp(sealedChain({ consensus, blocks: 7, validatorsAt: () => [0] }));
    expect(report.faults).toEqual([]);
    expect((await manifests())[0]?.certificate).toMatchObject({
      kind: 'validator-confirmations',
      confirmed_by: ['v1', 'v2'],
    });
  });
});

describe('the command line on an exported folder', () => {
  it('verifies it on threads of its own, and inspects a file with what is known of its validators', async () => {
    const chain = sealedChain({ consensus: 'qbft', blocks: 11, validatorsAt: () => FOUR });
    await backUp(chain);
    const { folder } = exported!;
    const verified = await runCliProcess(['verify', folder]);
    expect(verified).toMatchObject({ code: 0, err: '' });
    expect(verified.out).toContain('valid: 7 blocks with enough seals; 4 of 4 validators sealed the end');
    expect(verified.out).toContain('validators followed from block 0');
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('8-11.rlp'));
    const path = join(folder, file);
    const genesis = join(folder, 'genesis.json');
    const inspected = await runCliProcess(['inspect', '--json', '--genesis', genesis, path]);
    expect(inspected).toMatchObject({ code: 0, err: '' });
    const lines = inspected.out
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { number: number; hash: string; signers: string[]; quorum: unknown },
      );
    expect(lines.map(({ hash }) => hash)).toEqual(chain.hashes.slice(8));
    for (const { signers, quorum } of lines) {
      expect([...signers].sort()).toEqual(addresses(FOUR));
      expect(quorum).toMatchObject({ reached: true, verdict: 'valid', needed: 3, validators: 4 });
    }
    const stranger = await runCliProcess(['inspect', '--validators', addresses([0, 1, 9]).join(','), path]);
    expect(stranger.code).toBe(1);
    expect(stranger.out.match(/quorum NOT reached/g)).toHaveLength(4);
    expect((await runCliProcess(['inspect', '--validators', '0x12', path])).code).toBe(2);
  });
});
