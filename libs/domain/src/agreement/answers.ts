import { CodedError, type Hex, type LinkedBlockRef } from '#libs/kernel';
import type { AgreementInput, HeightAnswer, SurveyAnswers } from './agreement.types.js';
import type { Voter } from './voters.js';

/** What the monitor said of a height. */
export const monitorAt = (
  answers: SurveyAnswers,
  input: AgreementInput,
  height: bigint,
): HeightAnswer | undefined => {
  const answer = answers.get(input.monitorId);
  return answer?.kind === 'answered' ? answer.heights.get(height) : undefined;
};

export const headerAt = (
  answers: SurveyAnswers,
  input: AgreementInput,
  height: bigint,
): LinkedBlockRef | undefined => {
  const said = monitorAt(answers, input, height);
  return said?.kind === 'header' ? said.header : undefined;
};

export const expectHash = (answers: SurveyAnswers, input: AgreementInput, height: bigint): Hex => {
  const header = headerAt(answers, input, height);
  if (header === undefined) throw new CodedError('NODE_ANSWER_INVALID', `No answer about block ${height}.`);
  return header.hash;
};

/** Voters that miss one of the heights. */
export const missingAt = (
  voters: readonly Voter[],
  answers: SurveyAnswers,
  heights: readonly bigint[],
): readonly string[] =>
  voters.flatMap(({ id }) => {
    const answer = answers.get(id);
    const lacks = heights.some(
      (height) => answer?.kind === 'answered' && answer.heights.get(height)?.kind === 'missing',
    );
    return lacks ? [id] : [];
  });
