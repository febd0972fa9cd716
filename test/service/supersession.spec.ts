/**
 * @proves Files are superseded only together with their whole replacement, and only by evidence as strong as theirs; else an operator decides (GENERATED sealed chains on SIMULATED nodes).
 */
import { describe, expect, it } from '@jest/globals';
import { canonicalSelection, checkContinuity } from '#libs/archive';
import {
  sealedChain,
  testKey,
  type SealedChain,
  type SealedChainOptions,
  type SealedConsensus,
} from '../support/sealed-chain.js';
import { SealedNetwork } from '../support/simulated/sealed-network.js';

const FOUR = [0, 1, 2, 3];
const STRANGERS = [10, 11, 12, 13];
const FORK = 25;
/** Blocks 0 to 34 in files of ten. */
const BEFORE = [
  [0, 9, true],
  [10, 19, true],
  [20, 29, true],
  [30, 34, true],
];
const CLIQUE = { provider: 'geth', consensus: 'clique' } as const;

const chainOf = (options: Partial<SealedChainOptions> = {}): SealedChain =>
  sealedChain({ consensus: 'qbft', blocks: 34, validatorsAt: () => FOUR, ...options });

/** Another chain from the fork on. */
const forked = (options: Partial<SealedChainOptions> = {}): SealedChain =>
  chainOf({ blocks: 44, otherFrom: FORK, ...options });
const fromFork =
  <T>(before: T, after: T) =>
  (block: number): T =>
    block < FORK ? before : after;

const net = new SealedNetwork();
const supersessions = async () =>
  (await net.world.events()).filter(({ type }) => type === 'SegmentsSuperseded').length;

describe('files of a chain that the nodes left', () => {
  it.each([
    [
      'longer',
      44,
      [
        [20, 29, true],
        [30, 39, true],
        [40, 44, true],
      ],
    ],
    ['shorter', 27, [[20, 27, true]]],
    [
      'as long',
      34,
      [
        [20, 29, true],
        [30, 34, true],
      ],
    ],
  ])('are replaced in one append by a %s chain of signers that are known', async (_what, head, replacing) => {
    await net.start(chainOf({ consensus: 'clique' }), { client: CLIQUE });
    net.serve(forked({ consensus: 'clique' }), head);
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect(await net.files()).toEqual([
      ...BEFORE.map(([start, end]) => [start, end, Number(start) < 20]),
      ...replacing,
    ]);
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
    const types = (await net.world.events()).map(({ type }) => type);
    const at = types.indexOf('SegmentsSuperseded');
    expect(types.slice(at)).toEqual([
      'SegmentsSuperseded',
      ...replacing.map(() => 'SegmentExported'),
      'BackupCompleted',
    ]);
    expect(types.slice(0, at).filter((type) => type === 'SegmentStaged')).toHaveLength(replacing.length - 1);
    expect((await net.world.backup()).tip).toMatchObject({ number: BigInt(head) });
    net.serve(forked({ consensus: 'clique', blocks: 60 }));
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it.each<[string, Partial<SealedChainOptions>]>([
    ['without one seal', { sealersAt: fromFork<readonly number[]>(FOUR, []) }],
    ['sealed by too few', { sealersAt: fromFork<readonly number[]>(FOUR, [0, 1]) }],
    ['sealed by strangers', { sealersAt: fromFork<readonly number[]>(FOUR, STRANGERS) }],
    ['that lists and is sealed by strangers', { validatorsAt: fromFork<readonly number[]>(FOUR, STRANGERS) }],
    [
      'that lists nobody',
      { validatorsAt: fromFork<readonly number[]>(FOUR, []), proposerAt: (block) => block % 4 },
    ],
    ['of plain blocks', { consensusAt: fromFork<SealedConsensus>('qbft', 'plain') }],
    ['of Raft blocks', { consensusAt: fromFork<SealedConsensus>('qbft', 'raft') }],
  ])('are never replaced by a chain %s, whether it is longer or shorter', async (_what, options) => {
    for (const evidence of ['require', 'record'] as const)
      for (const head of [28, 44]) {
        await net.start(chainOf(), { settings: { evidence } });
        net.serve(forked(options), head);
        for (let times = 0; times < 2; times += 1) {
          const last = await net.backUp();
          expect(['BackupFailed', 'RangeDisputed']).toContain(last?.type);
          expect(['CERTIFICATE_INVALID', 'EVIDENCE_WEAKENED', 'SUPERSESSION_PENDING']).toContain(
            last?.data['code'],
          );
        }
        expect(await net.files()).toEqual(BEFORE);
        expect(await supersessions()).toBe(0);
        await net.close();
      }
  });

  it('are never replaced by the keys of validators that were voted out', async () => {
    const later = [2, 3, 4, 5];
    const votes: Partial<SealedChainOptions> = { validatorsAt: (block) => (block < 12 ? FOUR : later) };
    await net.start(chainOf({ ...votes, config: transition(later) }), {});
    net.serve(
      forked({ ...votes, config: transition(later), sealersAt: fromFork<readonly number[]>(later, FOUR) }),
    );
    await net.backUp();
    expect(await net.files()).toEqual(BEFORE);
  });

  it('stay as they are when the replacement is agreed under a weaker rule than they were', async () => {
    await net.start(chainOf({ consensus: 'clique' }), { client: CLIQUE });
    await net.world.configure({ agreement: { kind: 'quorum' } });
    net.serve(forked({ consensus: 'clique' }), undefined, ['monitor', 'v1', 'v2', 'v3']);
    expect(await net.backUp()).toMatchObject({ type: 'RangeDisputed', data: { code: 'VALIDATOR_DIFFERS' } });
    expect(await net.files()).toEqual(BEFORE);
  });

  it('wait for an operator below max_reorg_blocks, who may keep them or replace them', async () => {
    await net.start(chainOf({ consensus: 'clique' }), { client: CLIQUE, settings: { maxReorgBlocks: 9 } });
    net.serve(forked({ consensus: 'clique' }));
    for (let times = 0; times < 2; times += 1) {
      const last = await net.backUp();
      expect(last).toMatchObject({ type: 'RangeDisputed', data: { code: 'SUPERSESSION_PENDING' } });
      expect(last?.data['reason']).toContain('10 blocks deep');
      expect(last?.data['reason']).toContain('the chains part at block 25');
    }
    await net.decide('keep');
    expect(await net.backUp()).toMatchObject({ data: { code: 'VALIDATOR_DIFFERS' } });
    expect(await net.files()).toEqual(BEFORE);
    await net.decide('supersede');
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect((await net.files()).filter(([, , canonical]) => canonical).at(-1)).toEqual([40, 44, true]);
    await expect(net.decide('supersede')).rejects.toMatchObject({ code: 'NOTHING_TO_DECIDE' });
  });

  it('wait for an operator when the replacement needs more files than one run makes', async () => {
    const long = { consensus: 'clique' as const, blocks: 80 };
    await net.start(chainOf(long), { client: CLIQUE, settings: { segmentBlocks: 10 } });
    await net.world.configure({ segmentBlocks: 1 });
    net.serve(forked({ ...long, blocks: 90 }));
    expect(await net.backUp()).toMatchObject({
      type: 'RangeDisputed',
      data: { code: 'SUPERSESSION_PENDING' },
    });
    await net.decide('supersede');
    await net.backUp();
    expect((await net.world.backup()).tip).toMatchObject({ number: 90n });
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it('wait for an operator also when the fork lies beyond the files that one run makes', async () => {
    const long = { consensus: 'clique' as const, blocks: 99 };
    await net.start(chainOf(long), { client: CLIQUE, settings: { segmentBlocks: 100 } });
    await net.world.configure({ segmentBlocks: 1 });
    net.serve(forked({ ...long, blocks: 110, otherFrom: 80 }));
    const last = await net.backUp();
    expect(last).toMatchObject({ type: 'RangeDisputed', data: { code: 'SUPERSESSION_PENDING' } });
    // The nodes agree on the other chain through the fork, although the plan ends before it.
    expect(last?.data['reason']).toContain('the chains part at block 80');
    expect(last?.data['reason']).toContain('confirm them up to block 110');
    await net.decide('supersede');
    await net.backUp();
    expect((await net.world.backup()).tip).toMatchObject({ number: 110n });
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });
});

describe('a network that came back below the last end', () => {
  it.each([10, 34, 100_001])(
    'with the chain of the backup loses nothing (files of %s blocks)',
    async (segmentBlocks) => {
      await net.start(chainOf(), { settings: { segmentBlocks } });
      const before = await net.files();
      for (const head of [0, 24, 29, 33]) {
        net.serve(chainOf(), head);
        const last = await net.backUp();
        expect(last).toMatchObject({ type: 'RangeDisputed', data: { code: 'NETWORK_BELOW_BACKUP' } });
        expect(last?.data['reason']).toContain(`Blocks ${head + 1} to 34`);
      }
      net.serve(chainOf({ blocks: 40 }));
      expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
      expect((await net.files()).slice(0, before.length)).toEqual(before);
    },
  );

  it.each([
    ['sealed', { consensus: 'clique' }, 'BackupCompleted'],
    ['unsealed', { consensus: 'plain', transactionsEvery: 3 }, 'RangeDisputed'],
  ] as const)(
    'with another, %s chain: its files are replaced, or an operator is asked',
    async (_what, options, type) => {
      await net.start(chainOf(options), { client: CLIQUE, settings: { segmentBlocks: 100_001 } });
      const other = forked(options);
      net.serve(other, FORK);
      const last = await net.backUp();
      expect(last).toMatchObject({ type });
      if (type === 'RangeDisputed') {
        expect(last?.data).toMatchObject({ code: 'SUPERSESSION_PENDING' });
        await net.decide('supersede');
      } else net.serve(other, 30);
      expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
      const head = type === 'RangeDisputed' ? FORK : 30;
      expect((await net.world.backup()).tip).toMatchObject({
        number: BigInt(head),
        hash: other.hashes[head],
      });
    },
  );
});

/** The genesis says who seals from block 12 on. */
const transition = (keys: readonly number[]) => ({
  transitions: [{ block: 12, validators: keys.map((key) => testKey(key).hex) }],
});
