import { describe, expect, it } from '@jest/globals';
import type { Hex } from '#libs/kernel';
import { genesisKey, historyKey, manifestKey, markerKey, segmentKey } from './keys.js';
import {
  createManifest,
  hasOwnDigest,
  manifestToJson,
  parseManifest,
  type ManifestInput,
} from './manifest.js';
import { codeOf } from './testing.js';

const hash = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`;
const FILE = '2026-01-01T00:00:00.000Z-block-10-1510.rlp.gz';

const input = (patch: Partial<ManifestInput> = {}): ManifestInput => ({
  environmentId: 'prod',
  file: FILE,
  date: '2026-01-01T00:00:00.000Z',
  compression: 'gzip',
  stored: { bytes: 1234, sha256: 'ab'.repeat(32) },
  summary: {
    blocks: 1501,
    transactions: 7,
    start: { number: 10n, hash: hash(11), parentHash: hash(10) },
    end: { number: 1510n, hash: hash(1511), parentHash: hash(1510) },
    contentRoot: hash(5),
    offsets: [0, 600_000],
    bytes: 900_000,
    sha256: 'cd'.repeat(32),
    consensus: ['ibft', 'qbft'],
  },
  source: { node: 'monitor', clientVersion: 'Geth/v1.13.15' },
  chainId: 2n ** 60n,
  genesisHash: hash(1),
  forkConfiguration: { londonBlock: 0 },
  agreement: {
    rule: 'quorum',
    confirmations: [
      { nodeId: 'v1', outcome: 'agrees', hash: hash(1511), head: 1600n },
      { nodeId: 'v2', outcome: 'unreachable', detail: 'no answer' },
    ],
    departures: [{ nodeId: 'v3', height: 1400n, hash: hash(3), expected: hash(4) }],
  },
  certificate: { kind: 'validator-confirmations', hash: hash(1511), confirmed_by: ['v1'] },
  ...patch,
});

describe('manifest', () => {
  it('reads the fault of an older manifest by its present code', () => {
    const certificate: ManifestInput['certificate'] = {
      kind: 'clique-signers',
      verdict: 'invalid',
      hash: hash(1511),
      sealed_blocks: 1500,
      validators: 1,
      changes: [],
      fault: { block: 12, code: 'VALIDATORS_DIFFER', message: 'Block 12 lists other signers.' },
      signers: [],
      support: { needed: 1, signers: [], headers: [] },
    };
    const text = manifestToJson(createManifest(input())).replace(
      /"certificate": \{[^}]*\}/,
      `"certificate": ${JSON.stringify(certificate)}`,
    );
    expect(text).toContain('VALIDATORS_DIFFER');
    expect(parseManifest(text).certificate).toMatchObject({
      fault: { block: 12, code: 'CERTIFICATE_VALIDATORS_WRONG' },
    });
  });

  it('reads what it writes', () => {
    const clique: ManifestInput['certificate'] = {
      kind: 'clique-signers',
      verdict: 'valid',
      hash: hash(1511),
      sealed_blocks: 1501,
      validators: 1,
      changes: [{ block: 12, validators: [`0x${'ab'.repeat(20)}`] }],
      signers: [`0x${'ab'.repeat(20)}`],
      support: { needed: 1, signers: [], headers: ['0xc0'] },
    };
    for (const made of [createManifest(input()), createManifest(input({ certificate: clique }))]) {
      expect(parseManifest(manifestToJson(made))).toMatchObject(made);
      expect(parseManifest(Buffer.from(manifestToJson(made)))).toMatchObject(made);
      expect(manifestToJson(parseManifest(manifestToJson(made)))).toBe(manifestToJson(made));
    }
  });

  it('ends with a digest over itself, which any flipped bit breaks', () => {
    const text = manifestToJson(createManifest(input()));
    expect(hasOwnDigest(text)).toBe(true);
    const bytes = Buffer.from(text);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const read = (): boolean => hasOwnDigest(flipped.toString('latin1'));
      if (read() && codeOf(() => parseManifest(flipped)) === undefined) expect(`bit ${bit}`).toBe('found');
    }
  });

  it('says all of it in plain words', () => {
    expect(createManifest(input())).toMatchObject({
      version: 1,
      chain_id: '1152921504606846976',
      start_block: { block: 10, hash: hash(11), parent_hash: hash(10) },
      blocks: 1501,
      offsets: { every: 1000, at: [0, 600_000] },
      agreement: {
        confirmations: [
          { validator: 'v1', outcome: 'agrees', head: 1600 },
          { validator: 'v2', outcome: 'unreachable' },
        ],
        departures: [{ validator: 'v3', height: 1400 }],
      },
    });
  });

  it('refuses parts that contradict each other', () => {
    const { summary } = input();
    const bad: Partial<ManifestInput>[] = [
      { file: FILE.replace('1510', '1511') },
      { compression: 'none' },
      { date: '2026-01-01T00:00:00.001Z' },
      { summary: { ...summary, blocks: 1500 } },
      { summary: { ...summary, offsets: [0] } },
      { summary: { ...summary, offsets: [0, 0] } },
      { summary: { ...summary, offsets: [1, 5] } },
      { summary: { ...summary, offsets: [0, 900_000] } },
      { environmentId: '../x' },
    ];
    for (const patch of bad) expect(codeOf(() => createManifest(input(patch)))).toBe('MANIFEST_INVALID');
  });

  it('refuses what it cannot read', () => {
    const text = manifestToJson(createManifest(input()));
    for (const bad of ['', '[]', text.replace('"version": 1', '"version": 2'), text.replace(hash(5), '0x5')])
      expect(codeOf(() => parseManifest(bad))).toBe('MANIFEST_INVALID');
  });
});

describe('keys', () => {
  it('lie under the environment', () => {
    expect(segmentKey('prod', FILE)).toBe(`prod/${FILE}`);
    expect(manifestKey('prod', FILE)).toBe(`prod/${FILE}.manifest.json`);
    expect(historyKey('prod')).toBe('prod/backup_snapshot.json');
    expect(genesisKey('prod')).toBe('prod/genesis.json');
    expect(markerKey('prod')).toBe('prod/.chainkeep');
  });

  it.each(['', '..', 'a/b', '.hidden', 'a\n', 'x'.repeat(101)])('refuse the id %j', (id) => {
    for (const run of [() => segmentKey(id, FILE), () => historyKey(id), () => markerKey(id)])
      expect(codeOf(run)).toBe('INPUT_INVALID');
    expect(codeOf(() => segmentKey('prod', id))).toBe('INPUT_INVALID');
  });
});
