/**
 * @proves One pair of sealed headers proves broken finality; both chains are kept and delivered with the proof until an operator decides (GENERATED sealed chains on SIMULATED nodes).
 */
import { describe, expect, it } from '@jest/globals';
import { canonicalSelection, checkContinuity } from '#libs/archive';
import { sealedChain, testKey, type SealedChain, type SealedChainOptions } from '../support/sealed-chain.js';
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

const keysIn = async (path: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of net.world.objects.stores.get(path)!.list('')) keys.push(key);
  return keys;
};
const textIn = async (path: string, key: string): Promise<string> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of net.world.objects.stores.get(path)!.get(key)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/** Blocks that the nodes went on with, kept beside the backup. */
const BRANCH = [
  [25, 34, false],
  [35, 44, false],
];
const canonicalEnd = async () => (await net.files()).filter(([, , canonical]) => canonical).at(-1);
const brokenSigners = [1, 2, 3].map((key) => testKey(key).hex).sort();

describe('two proved chains at one height', () => {
  it('break finality: the double signers are named, runs are disputed until an operator decides', async () => {
    await net.start(chainOf());
    net.serve(forked({ sealersAt: fromFork(FOUR, [1, 2, 3]) }));
    const first = await net.backUp();
    expect(first).toMatchObject({ type: 'RangeDisputed', data: { code: 'FINALITY_BROKEN' } });
    expect(first?.data['proof']).toMatchObject({ height: '25', doubleSigners: brokenSigners });
    for (const signer of brokenSigners) expect(first?.data['reason']).toContain(signer);
    // One pair of headers is enough: nothing was gathered for it.
    expect((await net.world.events()).map(({ type }) => type).slice(-2)).toEqual([
      'BackupRequested',
      'RangeDisputed',
    ]);
    expect(await net.files()).toEqual(BEFORE);
    expect(await net.backUp()).toMatchObject({ type: 'RangeDisputed', data: { code: 'FINALITY_BROKEN' } });
    expect(await net.files()).toEqual([...BEFORE, ...BRANCH]);
    expect((await net.world.backup()).tip).toMatchObject({ number: 34n });
    await net.decide('supersede');
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect(await canonicalEnd()).toEqual([35, 44, true]);
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it('are both kept and delivered with the proof, and the backup stays the one that restore tools choose', async () => {
    const other = forked({ blocks: 60 });
    await net.start(chainOf());
    await net.world.target('copy');
    net.serve(other, 44);
    await net.backUp();
    await net.backUp();
    const kept = [...BEFORE, ...BRANCH];
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
    expect(canonicalSelection(await net.history()).at(-1)?.end_block).toMatchObject({ block: 34 });
    // A repetition keeps no small file of what came since; a run of the schedule does.
    net.serve(other, 50);
    await net.world.request({ trigger: 'retry' });
    await net.world.settle();
    expect(await net.files()).toEqual(kept);
    expect(await net.backUp()).toMatchObject({ type: 'RangeDisputed', data: { code: 'FINALITY_BROKEN' } });
    expect(await net.files()).toEqual([...kept, [45, 50, false]]);

    await net.world.deliver('copy');
    const keys = await keysIn('/copy');
    const proofs = keys.filter((key) => /^e\/finality-broken-25-[0-9a-f]{8}\.json$/.test(key));
    expect(proofs).toHaveLength(1);
    expect(keys.filter((key) => key.endsWith('.rlp'))).toHaveLength(7);
    const document = JSON.parse(await textIn('/copy', proofs[0]!)) as Record<string, unknown>;
    expect(document).toMatchObject({ height: '25', other: { hash: other.hashes[25] } });

    await net.decide('keep');
    net.serve(other, 60);
    expect(await net.backUp()).toMatchObject({ data: { code: 'VALIDATOR_DIFFERS' } });
    net.serve(chainOf({ blocks: 70 }));
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect(await canonicalEnd()).toEqual([65, 70, true]);
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it('are kept from one block earlier where a canonical file begins at the fork', async () => {
    await net.start(chainOf());
    net.serve(forked({ otherFrom: 30, blocks: 40 }));
    await net.backUp();
    await net.backUp();
    expect((await net.files()).slice(BEFORE.length)).toEqual([
      [29, 38, false],
      [39, 40, false],
    ]);
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it.each([
    ['all', 'RangeDisputed'],
    ['quorum', 'BackupCompleted'],
  ] as const)(
    'are proved by one validator that shows the other one (%s), until an operator keeps the backup',
    async (kind, after) => {
      await net.start(chainOf(), { settings: { agreement: { kind } } });
      net.serve(chainOf({ blocks: 40 }));
      net.serve(forked({ sealersAt: fromFork(FOUR, [1, 2, 3]) }), undefined, ['v4']);
      const first = await net.backUp();
      expect(first).toMatchObject({ type: 'RangeDisputed', data: { code: 'FINALITY_BROKEN' } });
      expect(first?.data['proof']).toMatchObject({ height: '25', doubleSigners: brokenSigners });
      expect(first?.data['reason']).toContain('v4 holds');
      expect(await net.backUp()).toMatchObject({ data: { code: 'FINALITY_BROKEN' } });
      await net.decide('keep');
      expect((await net.backUp())?.type).toBe(after);
      net.serve(chainOf({ blocks: 50 }), undefined, ['monitor', 'v1', 'v2', 'v3']);
      expect((await net.backUp())?.type).toBe(after);
    },
  );

  it.each([
    ['too few seals', { sealersAt: fromFork<readonly number[]>(FOUR, [0, 1]) }],
    ['strangers', { validatorsAt: fromFork<readonly number[]>(FOUR, STRANGERS) }],
  ])('are not two when the blocks of one validator are sealed by %s', async (_what, options) => {
    await net.start(chainOf(), { settings: { agreement: { kind: 'quorum' } } });
    net.serve(chainOf({ blocks: 40 }));
    net.serve(forked(options), undefined, ['v4']);
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
  });

  it('come from a network that was initialized again on purpose: one decision, and backups go on', async () => {
    await net.start(chainOf());
    const again = sealedChain({ consensus: 'qbft', blocks: 12, validatorsAt: () => FOUR, otherFrom: 1 });
    net.serve(again);
    expect(await net.backUp()).toMatchObject({ data: { code: 'FINALITY_BROKEN' } });
    await net.decide('supersede');
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect((await net.files()).filter(([, , canonical]) => canonical)).toEqual([
      [0, 9, true],
      [10, 12, true],
    ]);
    const longer = sealedChain({ consensus: 'qbft', blocks: 20, validatorsAt: () => FOUR, otherFrom: 1 });
    net.serve(longer);
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    expect(checkContinuity(canonicalSelection(await net.history()))).toEqual([]);
  });

  it('need no decision when the nodes come back to the chain of the backup', async () => {
    await net.start(chainOf());
    net.serve(forked());
    expect(await net.backUp()).toMatchObject({ data: { code: 'FINALITY_BROKEN' } });
    net.serve(chainOf({ blocks: 40 }));
    expect(await net.backUp()).toMatchObject({ type: 'BackupCompleted' });
    await expect(net.decide('keep')).rejects.toMatchObject({ code: 'NOTHING_TO_DECIDE' });
  });
});
