import {
  readBlockSeals,
  SealJudge,
  type BlockJudgement,
  type BlockSeals,
  type ConsensusRules,
  type JudgeInput,
} from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import { hintOf, toCodedError, type BlockRange, type Hex } from '#libs/kernel';
import type { FindingAnswer } from '../answers/common.js';

/** As many as `plan` judges beforehand. */
const BLOCKS = 100n;

type Judged = Readonly<{ seals: BlockSeals; judged: BlockJudgement }>;
type Found = Omit<FindingAnswer, 'check'>;
type Asked = Readonly<{ rules: ConsensusRules; signal: AbortSignal }>;

/** Where the validators of the first block come from. */
type Anchor = 'genesis' | 'block 0' | 'node' | 'blocks' | 'contract';

/** Who may seal the first block: by its own list, which its hash covers, or as the node states (Clique). */
const startOf = async (
  node: ChainNode,
  { number, listed }: BlockSeals,
  { rules, signal }: Asked,
): Promise<Readonly<{ anchor: Anchor; validators?: readonly Hex[] | undefined }>> => {
  if (number === 0n) return { anchor: rules.from === 'genesis' ? 'genesis' : 'block 0' };
  if (listed.length > 0) return { anchor: 'blocks', validators: listed };
  const validators = await node.validatorsAt(number - 1n, { signal }).catch(() => undefined);
  return { anchor: 'node', validators };
};

/** What a node states of a contract's choice at both ends. It is one node's word: a backup asks all of them. */
const statedBy = async (
  node: ChainNode,
  { start, end }: BlockRange,
  { signal }: Asked,
): Promise<JudgeInput['stated']> => {
  const blocks = [start === 0n ? 0n : start - 1n, end];
  const sets = await Promise.all(
    blocks.map((block) => node.validatorsAt(block, { signal }).catch(() => undefined)),
  );
  return sets.flatMap((validators, index) => {
    const block = blocks[index] ?? 0n;
    return validators === undefined
      ? []
      : [{ block, validators, node: node.id, nodes: [node.id], needed: 1 }];
  });
};

const judgeAll = (blocks: readonly BlockSeals[], input: JudgeInput) => {
  const judge = new SealJudge(input);
  const judged = blocks.map((seals): Judged => ({ seals, judged: judge.take(seals) }));
  return { judged, isChosenElsewhere: judge.isChosenElsewhere };
};

const said = (range: BlockRange): string => `Blocks ${range.start} to ${range.end}`;

/** The worst verdict: invalid, then unproven. */
const faultIn = (judged: readonly Judged[]): Judged | undefined =>
  judged.find(({ judged: { verdict } }) => verdict === 'invalid') ??
  judged.find(({ judged: { verdict } }) => verdict === 'unproven');

const faulty = ({ judged: { fault, verdict } }: Judged, { rules }: Asked): Found => {
  const message = fault?.message ?? 'The seals cannot be judged.';
  if (verdict !== 'invalid')
    return {
      result: 'warn',
      message: `unproven: ${message}`,
      cure: hintOf(fault?.code ?? 'VALIDATORS_UNKNOWN'),
    };
  const isRequired = rules.from === 'genesis';
  return {
    result: isRequired ? 'fail' : 'warn',
    message: `invalid: ${message}`,
    cure: `Compare the genesis document with the one of the nodes, and this block with other nodes.${isRequired ? ' Until then a backup with "evidence: require" ends as CERTIFICATE_INVALID.' : ''}`,
  };
};

const inOrder = (range: BlockRange, judged: readonly Judged[], anchor: Anchor): Found => {
  if (judged.every(({ judged: { verdict } }) => verdict === 'none'))
    return {
      result: 'ok',
      message: `${said(range)} carry no seals; the word of the validators confirms them.`,
    };
  const because = {
    genesis: 'proved: sealed by the validators followed from block 0',
    'block 0': 'stated: sealed by the validators that block 0 lists; only the genesis document proves them',
    node: 'sealed by the validators that this node states; a backup follows them from block 0',
    blocks: 'sealed by the validators that the blocks list; a backup follows them from block 0',
    contract: 'sealed by the validators that this node states for the contract; a backup asks every node',
  }[anchor];
  return { result: 'ok', message: `${said(range)} are ${because}.` };
};

/** The newest blocks of a node, judged as a backup would judge them. Throws what the node throws. */
const judgeNewest = async (node: ChainNode, asked: Asked): Promise<Found | undefined> => {
  const { rules, signal } = asked;
  const { head } = await node.survey([], { signal });
  if (head === 0n) return undefined;
  const range = { start: head < BLOCKS ? 0n : head - BLOCKS + 1n, end: head };
  const blocks: BlockSeals[] = [];
  for await (const { bytes } of node.rawBlocks(range, { signal }))
    blocks.push(readBlockSeals(bytes, rules.curve));
  const [first] = blocks;
  if (first === undefined) return undefined;
  const { anchor, validators } = await startOf(node, first, asked);
  const block = range.start - 1n;
  const start = validators && { block, validators, votes: [], recent: [], settled: false };
  let found = judgeAll(blocks, { rules, start });
  if (found.isChosenElsewhere)
    found = judgeAll(blocks, { rules, start, stated: await statedBy(node, range, asked) });
  const fault = faultIn(found.judged);
  if (fault !== undefined) return faulty(fault, asked);
  return inOrder(range, found.judged, found.isChosenElsewhere ? 'contract' : anchor);
};

/** What `plan` says of the seals of a node's newest blocks; nothing while there is only block 0. */
export const newestSeals = async (node: ChainNode, asked: Asked): Promise<readonly FindingAnswer[]> => {
  try {
    const found = await judgeNewest(node, asked);
    return found === undefined ? [] : [{ check: 'seals', ...found }];
  } catch (error) {
    const { message, hint } = toCodedError(error);
    return [
      {
        check: 'seals',
        result: 'warn',
        message: `The newest blocks could not be judged: ${message}`,
        cure: hint,
      },
    ];
  }
};
