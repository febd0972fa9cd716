import type { HeightAnswer, SurveyRequest, SurveyAnswer, SurveyAnswers } from '#libs/domain';
import { toCodedError } from '#libs/kernel';
import type { Participant, Participants } from './participants.js';

/** One batch to one node; it has this long, whatever happens. */
const ANSWER_MS = 10_000;

const answerOf = async (
  { node, fault }: Participant,
  heights: readonly bigint[],
  signal: AbortSignal,
): Promise<SurveyAnswer> => {
  if (node === undefined) return failed(fault);
  try {
    const said = await node.survey(heights, { timeoutMs: ANSWER_MS, signal });
    const found = new Map<bigint, HeightAnswer>();
    heights.forEach((height, index) => {
      const answer = said.headers[index];
      if (answer) found.set(height, answer);
    });
    const { head, headTimestamp, chainId, genesisHash, nodeId } = said;
    return { kind: 'answered', head, headTimestamp, chainId, genesisHash, nodeId, heights: found };
  } catch (error) {
    signal.throwIfAborted();
    return failed(error);
  }
};

const failed = (error: unknown): SurveyAnswer => {
  const { code, message } = toCodedError(error);
  return { kind: 'failed', code, message };
};

/** Puts one question to all nodes at once, one batch each. */
export const surveyAll = async (
  participants: Participants,
  { ids, heights }: SurveyRequest,
  signal: AbortSignal,
): Promise<SurveyAnswers> => {
  const answers = await Promise.all(
    ids.flatMap((id) => {
      const each = participants.get(id);
      return each === undefined
        ? []
        : [answerOf(each, heights, signal).then((answer) => [id, answer] as const)];
    }),
  );
  return new Map(answers);
};
