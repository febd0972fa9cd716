import type { ChainNode } from '#libs/chain';
import type { HeightAnswer, SurveyRequest, SurveyAnswer, SurveyAnswers } from '#libs/domain';
import { toCodedError } from '#libs/kernel';

/** One batch to one node; it has this long, whatever happens. */
const ANSWER_MS = 10_000;

const answerOf = async (
  node: ChainNode,
  heights: readonly bigint[],
  signal: AbortSignal,
): Promise<SurveyAnswer> => {
  try {
    const said = await node.survey(heights, { timeoutMs: ANSWER_MS, signal });
    const found = new Map<bigint, HeightAnswer>();
    heights.forEach((height, index) => {
      const answer = said.headers[index];
      if (answer) found.set(height, answer);
    });
    const { head, chainId, genesisHash, nodeId } = said;
    return { kind: 'answered', head, chainId, genesisHash, nodeId, heights: found };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = toCodedError(error);
    return { kind: 'failed', code, message };
  }
};

/** Puts one question to all nodes at once, one batch each. */
export const surveyAll = async (
  nodes: ReadonlyMap<string, ChainNode>,
  { heights }: SurveyRequest,
  signal: AbortSignal,
): Promise<SurveyAnswers> => {
  const answers = await Promise.all(
    [...nodes].map(async ([id, node]) => [id, await answerOf(node, heights, signal)] as const),
  );
  return new Map(answers);
};
