import { describe, expect, it } from '@jest/globals';
import type { Hex } from '#libs/kernel';
import { checkBlock } from '../block.js';
import { decodeRlp, type RlpItem } from '../rlp/reader.js';
import { encodeRlp } from '../rlp/writer.js';
import { readBlockSeals } from '../seal/block-seals.js';
import { ownVectors } from '../testing.js';
import { SegmentJudge } from './certificate.js';
import { SealJudge } from './judge.js';
import { consensusRules } from './genesis-rules.js';
import { DEFAULT_RULES } from './rules.js';
import type { ValidatorState } from './validator-set.js';

describe('real blocks (fixtures)', () => {
  type Real = Readonly<{ bytes: Uint8Array; number: bigint; hash: Hex; parentHash: Hex; consensus: string }>;
  const real = (): Real[] => ownVectors().blocks.map(({ bytes }) => ({ ...checkBlock(bytes), bytes }));

  it('of single validators are judged right from block 0 on', () => {
    const blocks = real();
    const verdicts = new Map<string, number>();
    for (const first of blocks.filter(({ number }) => number === 0n)) {
      const judge = new SegmentJudge({ rules: DEFAULT_RULES });
      let last = first;
      for (let next: Real | undefined = first; next; next = blocks.find((b) => b.parentHash === last.hash)) {
        judge.take(readBlockSeals(next.bytes), 0);
        last = next;
      }
      if (last.number < 10n) continue;
      expect(judge.result(last.hash).certificate).toMatchObject({ verdict: 'valid', sealed_blocks: 16 });
      verdicts.set(last.consensus, Number(last.number));
    }
    expect([...verdicts]).toEqual([
      ['ibft', 16],
      ['qbft', 16],
      ['clique', 16],
    ]);
  });

  /** Blocks of the same chain as a block 0 with four validators. */
  const ofFour = (consensus: string): Readonly<{ start: ValidatorState; blocks: readonly Real[] }> => {
    const all = real().filter((block) => block.consensus === consensus);
    const zeros = all.filter(({ number }) => number === 0n).map(({ bytes }) => readBlockSeals(bytes));
    const validators = zeros.find(({ listed }) => listed.length === 4)!.listed;
    const start = { block: 0n, validators, votes: [], recent: [], settled: true };
    const at = all.findIndex(({ bytes }) => readBlockSeals(bytes).listed.length === 4);
    return { start, blocks: all.slice(at + 1).filter(({ number }) => number > 0n) };
  };
  const judgeOne = (start: ValidatorState, bytes: Uint8Array) => {
    const seals = readBlockSeals(bytes);
    const at = { ...start, block: seals.number - 1n };
    return new SealJudge({
      rules: consensusRules({ [seals.consensus]: { ceil2Nby3Block: 0 } }),
      start: at,
    }).take(seals);
  };

  /** The block with other committed seals; its hash stays what it is. */
  const withSeals = (bytes: Uint8Array, change: (seals: readonly RlpItem[]) => RlpItem[]): Uint8Array => {
    const [header, ...body] = decodeRlp(bytes) as RlpItem[][];
    const extra = header![12] as Uint8Array;
    const isIbft = readBlockSeals(bytes).consensus === 'ibft';
    const items = decodeRlp(isIbft ? extra.subarray(32) : extra) as RlpItem[];
    const list = encodeRlp([...items.slice(0, -1), change(items.at(-1) as RlpItem[])]);
    const changed = isIbft ? Buffer.concat([extra.subarray(0, 32), list]) : list;
    return encodeRlp([header!.with(12, changed), ...body]);
  };

  it.each(['ibft', 'qbft'])(
    "of four validators (%s): quorum, one seal less, a stranger's seal",
    (consensus) => {
      const { start, blocks } = ofFour(consensus);
      expect(blocks.length).toBe(5);
      for (const { bytes, hash } of blocks) {
        expect(judgeOne(start, bytes)).toMatchObject({ verdict: 'valid', needed: 3, validators: 4 });
        const fewer = withSeals(bytes, (seals) => seals.slice(1));
        expect(checkBlock(fewer).hash).toBe(hash);
        expect(judgeOne(start, fewer).fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM' });
        const other = blocks.find((block) => block.hash !== hash)!;
        // A real signature, but of another block: here it is by an unknown signer.
        const stolen = (decodeRlp(other.bytes) as RlpItem[][])[0]![12] as Uint8Array;
        const strange = withSeals(bytes, (seals) => [...seals, stolen.slice(-65)]);
        expect(checkBlock(strange).hash).toBe(hash);
        expect(judgeOne(start, strange).fault).toMatchObject({ code: 'SEAL_INVALID' });
      }
    },
  );

  it('of four Clique signers: each signed by one of them, a checkpoint lists them', () => {
    const { start, blocks } = ofFour('clique');
    expect(blocks.map(({ number }) => number)).toContain(30_000n);
    for (const { bytes } of blocks)
      expect(judgeOne(start, bytes)).toMatchObject({ verdict: 'valid', validators: 4 });
    const three = { ...start, validators: start.validators.slice(1) };
    const faults = blocks.map(({ bytes }) => judgeOne(three, bytes).fault?.code);
    expect(faults).toContain('SEAL_INVALID');
  });
});
