/** @proves Real GoQuorum and Besu chains get the verdicts that their clients' rules give. */
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  canonicalSelection,
  checkSegment,
  consensusRules,
  DEFAULT_RULES,
  parseGenesis,
  parseHistoryDocument,
  parseManifest,
  readBlockSeals,
  SegmentJudge,
  validatorSetFromFile,
  type ConsensusRules,
  type SegmentJudgement,
  type StatedValidators,
} from '#libs/archive';

const OWN = fileURLToPath(new URL('../fixtures/chains', import.meta.url));
const GIVEN = process.env['CHAINKEEP_CHAINS'] ?? '';
const ROOTS = [['own', OWN] as const, ...(GIVEN === '' ? [] : [['given', GIVEN] as const])];

type Judged = SegmentJudgement & Readonly<{ file: string }>;
type Options = Readonly<{
  genesis?: string | undefined;
  /** What nodes stated; by default what the manifests hold. */
  stated?: readonly StatedValidators[];
  /** The last block to judge. */
  until?: bigint;
}>;

const rulesIn = (path: string): ConsensusRules => {
  if (!existsSync(path)) return DEFAULT_RULES;
  return consensusRules(parseGenesis(JSON.parse(readFileSync(path, 'utf8'))).config);
};

/** Judges the canonical files of a folder, the end of one being the start of the next. */
const judgeChain = async (
  folder: string,
  { genesis = 'genesis.json', stated, until }: Options = {},
): Promise<Judged[]> => {
  const rules = rulesIn(join(folder, genesis));
  const document = parseHistoryDocument(readFileSync(join(folder, 'backup_snapshot.json')));
  const judged: Judged[] = [];
  for (const { file } of canonicalSelection(document)) {
    const { validator_set: set } = parseManifest(readFileSync(join(folder, `${file}.manifest.json`)));
    const judge = new SegmentJudge({
      rules,
      start: judged.at(-1)?.end,
      stated: stated ?? (set && validatorSetFromFile(set).stated),
    });
    const { end } = await checkSegment(createReadStream(join(folder, file)), {
      onBlock: ({ number }, { bytes, offset }) => {
        if (until === undefined || number <= until) judge.take(readBlockSeals(bytes, rules.curve), offset);
      },
    });
    judged.push({ ...judge.result(end.hash), file });
  }
  return judged;
};

const verdicts = (judged: readonly Judged[]): (string | undefined)[] =>
  judged.map(({ certificate }) => certificate?.verdict);

describe.each(ROOTS)('the %s real chains', (_name, root) => {
  const chain = (name: string): string => join(root, name);
  /** The statements of a folder's manifests as if three nodes had made each, and more of them. */
  const statedByAll = (
    folder: string,
    more: readonly (readonly [block: number, like: number])[] = [],
  ): StatedValidators[] => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.manifest.json'));
    const stated = names.flatMap(
      (name) => validatorSetFromFile(parseManifest(readFileSync(join(folder, name))).validator_set!).stated,
    );
    const at = (block: number) => stated.find((each) => each.block === BigInt(block))!;
    return [...stated, ...more.map(([block, like]) => ({ ...at(like), block: BigInt(block) }))]
      .map((each) => ({ ...each, nodes: ['v1', 'v2', 'v3'], needed: 2 }))
      .sort((a, b) => Number(a.block - b.block));
  };

  it.each(['besu-q1', 'besu-i1', 'besu-sec', 'quorum-epochvote', 'quorum-cfgvals', 'quorum-cfgvals2'])(
    '%s is valid',
    async (name) => {
      const judged = await judgeChain(chain(name));
      expect(judged.map(({ fault }) => fault)).toEqual(judged.map(() => undefined));
      expect(new Set(verdicts(judged))).toEqual(new Set(['valid']));
    },
  );

  it('quorum-twof is valid-legacy from the block on that switches to 2F+1', async () => {
    const [judged] = await judgeChain(chain('quorum-twof'));
    expect(judged).toMatchObject({
      fault: undefined,
      certificate: {
        verdict: 'valid-legacy',
        formula: '2F+1 with F = ceil(N/3)-1',
        sealed_blocks: 42,
        signers: { length: 3 },
        validators: 5,
      },
    });
    const [before] = await judgeChain(chain('quorum-twof'), { until: 9n });
    expect(before?.certificate).toMatchObject({ verdict: 'valid', formula: 'ceil(2N/3)', needed: 4 });
  });

  it("quorum-cfgvals is invalid by another genesis of the same block 0, and never proved by a contract's", async () => {
    const [forged] = await judgeChain(chain('quorum-cfgvals'), { genesis: 'forged-genesis.json' });
    expect(forged).toMatchObject({
      end: undefined,
      certificate: { verdict: 'invalid' },
      fault: { code: 'CERTIFICATE_VALIDATORS_WRONG', block: 1n },
    });
    const [contract] = await judgeChain(chain('quorum-cfgvals'), { genesis: 'contract-genesis.json' });
    expect(contract).toMatchObject({ end: undefined, certificate: { verdict: 'unproven' } });
    const [none] = await judgeChain(chain('quorum-cfgvals'), { genesis: 'there-is-none.json' });
    expect(none).toMatchObject({ end: undefined, certificate: { verdict: 'unproven' } });
  });

  it.each(['quorum-contract', 'besu-con'])(
    '%s is unproven while one node alone states its sets',
    async (name) => {
      const judged = await judgeChain(chain(name));
      expect(new Set(verdicts(judged))).toEqual(new Set(['unproven']));
      expect(judged.every(({ end, isChosenElsewhere }) => end === undefined && isChosenElsewhere)).toBe(true);
    },
  );

  it('quorum-contract is valid when enough nodes state the same', async () => {
    const folder = chain('quorum-contract');
    expect(verdicts(await judgeChain(folder, { stated: statedByAll(folder) }))).toEqual(['valid']);
  });

  it('besu-con is valid when enough nodes state every change, and not invalid when one was missed', async () => {
    const folder = chain('besu-con');
    const missed = await judgeChain(folder, { stated: statedByAll(folder) });
    expect(verdicts(missed)).toEqual(['valid', 'valid', 'valid', 'unproven']);
    expect(missed.at(-1)?.fault).toMatchObject({ code: 'SEALS_BELOW_QUORUM', block: 83n });
    const all = await judgeChain(folder, {
      stated: [
        ...statedByAll(folder, [[94, 68]]),
        ...(await sealersOf(folder, 83)).map((validators) => ({
          block: 82n,
          validators,
          node: 'v1',
          nodes: ['v1', 'v2'],
          needed: 2,
        })),
      ].sort((a, b) => Number(a.block - b.block)),
    });
    expect(verdicts(all)).toEqual(['valid', 'valid', 'valid', 'valid']);
  });

  it('quorum-raft2 has no seals to judge', async () => {
    const judged = await judgeChain(chain('quorum-raft2'));
    expect(judged).toHaveLength(2);
    expect(verdicts(judged)).toEqual([undefined, undefined]);
  });
});

/** Who sealed a block of a folder, as one list. */
const sealersOf = async (folder: string, block: number): Promise<`0x${string}`[][]> => {
  const found: `0x${string}`[][] = [];
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.rlp')))
    await checkSegment(createReadStream(join(folder, name)), {
      onBlock: ({ number }, { bytes }) => {
        if (number === BigInt(block)) found.push(readBlockSeals(bytes).seals.map(({ signer }) => signer!));
      },
    });
  return found;
};
