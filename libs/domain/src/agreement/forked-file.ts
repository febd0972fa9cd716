import type { BlockRef } from '#libs/kernel';
import type { SurveyRequest, SurveyAnswers } from './agreement.types.js';
import type { Table } from './table.js';
import { gallop, inner } from './voters.js';

/**
 * Index of the last file whose end a quorum still confirms, -1 when there is none: the file after it holds the fork.
 * `ask` asks every node for heights. The last file is known not to be confirmed. `undefined` when no quorum answers for
 * some end: silence never supersedes a file.
 */
export function* findForkedFile(
  table: Table,
  fileEnds: readonly BlockRef[],
  ask: (heights: readonly bigint[]) => Generator<SurveyRequest, SurveyAnswers, SurveyAnswers>,
): Generator<SurveyRequest, number | undefined, SurveyAnswers> {
  let confirmed = -1;
  let stale = fileEnds.length - 1;
  let galloped = false;
  while (stale - confirmed > 1) {
    const points = (galloped ? inner : gallop)(BigInt(confirmed), BigInt(stale - 1)).map(Number);
    galloped = true;
    const ends = points.flatMap((index) => {
      const end = fileEnds[index];
      return end === undefined ? [] : [{ index, end }];
    });
    const answers = yield* ask(ends.map(({ end }) => end.number));
    for (const { index, end } of ends) {
      const held = table.quorumFor(answers, end.number, () => true);
      if (held === undefined) return undefined;
      const holds = held === end.hash;
      if (holds && index > confirmed) confirmed = index;
      if (!holds && index < stale) stale = index;
    }
    // Contradicting answers (nodes that move) must not turn the search around.
    if (confirmed >= stale) confirmed = stale - 1;
  }
  return confirmed;
}
