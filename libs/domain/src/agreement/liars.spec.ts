/**
 * @proves With fewer liars than a quorum nothing of theirs is agreed on, nothing under `all` is against an honest validator's word, and one third of liars of any kind stops no backup under `quorum` (1, 2, 4, 7 validators, every number of liars).
 */
import { describe, expect, it } from '@jest/globals';
import { quorumOf } from './agreement.types.js';
import { hashOf } from './agreement.testing.js';
import {
  FORK,
  HEAD,
  isForged,
  LIES,
  play,
  SCENES,
  shown,
  type Scene,
  type SealVerdict,
} from './liars.testing.js';

const PRINTS = process.env['CHAINKEEP_PRINT_TABLE'] === '1';
const played = SCENES.map((scene) => ({ scene, outcome: play(scene) }));
const label = (scene: Scene): string =>
  `${scene.rule}, ${scene.liars} of ${scene.validators} lie (${scene.lie}), monitor ${scene.monitorLies ? 'too' : 'honest'}, last ${scene.lastEnd}, ${scene.minConfirmations} confirmations`;

/** Scenes that break a rule, in words: an empty list is shown best by a matcher. */
const broken = (rule: (each: (typeof played)[number]) => boolean): readonly string[] =>
  played.filter((each) => !rule(each)).map(({ scene, outcome }) => `${label(scene)}: ${shown(outcome)}`);

/** Identity claims that make the rule fail when counted as one are a dispute that names both. */
const isNamedDuplicate = ({ scene, outcome: { verdict } }: (typeof played)[number]): boolean =>
  scene.lie.startsWith('identity') &&
  verdict.kind === 'disputed' &&
  verdict.code === 'NODE_IDENTITY_DUPLICATE' &&
  verdict.reason.includes(' and ');

describe('safety', () => {
  it('nothing is agreed on under all against the word of an honest validator', () => {
    expect(
      broken(
        ({ scene, outcome }) =>
          scene.rule !== 'all' || scene.liars === scene.validators || !isForged(outcome),
      ),
    ).toStrictEqual([]);
  });

  it('nothing of fewer liars than a quorum is agreed on or supersedes, whatever the monitor says', () => {
    expect(
      broken(
        ({ scene, outcome }) =>
          scene.liars >= quorumOf(scene.validators) ||
          (!isForged(outcome) && outcome.verdict.kind !== 'superseded'),
      ),
    ).toStrictEqual([]);
  });

  it('every boundary of an agreed plan was confirmed with the hash that is recorded', () => {
    expect(
      broken(({ outcome }) => {
        const { verdict } = outcome;
        if (verdict.kind !== 'agreed' || isForged(outcome)) return true;
        return verdict.cuts.every(({ end, endHash }) => endHash === hashOf(0, end));
      }),
    ).toStrictEqual([]);
  });

  it('says nothing new only as far as enough validators, liars or not, are at the last end', () => {
    expect(
      broken(({ scene, outcome }) => {
        if (outcome.verdict.kind !== 'no-new-block' || scene.lastEnd === undefined) return true;
        const isNews = scene.lastEnd + scene.minConfirmations < HEAD;
        return !isNews || scene.liars >= quorumOf(scene.validators);
      }),
    ).toStrictEqual([]);
  });

  /** The seals are judged by the archive: here their verdict is given, as a function of who can seal. */
  const sealsOf = (sealing: number, validators: number, hasGenesis: boolean): SealVerdict =>
    !hasGenesis ? 'none' : sealing >= quorumOf(validators) ? 'valid' : 'invalid';

  it('with a genesis nothing of liars that hold fewer keys than a quorum is recorded as proved', () => {
    const proved = played.filter(({ scene, outcome }) =>
      [0, Math.min(scene.liars, quorumOf(scene.validators) - 1)].some(
        (sealing) => isForged(outcome) && sealsOf(sealing, scene.validators, true) === 'valid',
      ),
    );
    expect(proved).toStrictEqual([]);
    expect(played.some(({ outcome }) => isForged(outcome))).toBe(true);
  });
});

describe('liveness', () => {
  const tolerated = ({ validators, liars, monitorLies, rule }: Scene): boolean =>
    !monitorLies && (liars === 0 || (rule === 'quorum' && liars <= Math.floor((validators - 1) / 3)));

  it('one third of liars of any kind stops no backup under quorum, and all honest stop none under all', () => {
    expect(
      broken((each) => {
        const { scene, outcome } = each;
        const end = HEAD - scene.minConfirmations;
        if (!tolerated(scene) || isNamedDuplicate(each)) return true;
        if (scene.lastEnd === end) return outcome.verdict.kind === 'no-new-block';
        return outcome.verdict.kind === 'agreed' && outcome.verdict.backlogEnd === end && !isForged(outcome);
      }),
    ).toStrictEqual([]);
  });

  it('an honest network raises no warning', () => {
    const honest = played.filter(({ scene }) => scene.liars === 0 && !scene.monitorLies);
    expect(honest.flatMap(({ outcome }) => outcome.warnings)).toStrictEqual([]);
  });

  it('every liar that is not merely silent or low is named when the others decide', () => {
    const decided = played.filter(
      ({ scene, outcome }) =>
        tolerated(scene) && scene.liars > 0 && scene.lastEnd === 20n && outcome.verdict.kind === 'agreed',
    );
    const unnamed = decided.filter(({ scene, outcome }) => {
      if (['silent', 'low head', 'high head'].includes(scene.lie)) return false;
      const named = new Set(outcome.warnings.flatMap(({ nodes }) => nodes ?? []));
      return !named.has(`v${scene.validators}`);
    });
    expect(unnamed.map(({ scene }) => label(scene))).toStrictEqual([]);
    expect(decided.length).toBeGreaterThan(0);
  });
});

/** One row for each number of liars, one column for each lie: a first backup, no confirmations. */
const table = (): string => {
  const head = `| rule | monitor | N | liars | ${LIES.join(' | ')} |`;
  const line = head.replaceAll(/[^|]+/g, ' --- ');
  const rows = new Map<string, string[]>();
  for (const { scene, outcome } of played) {
    if (scene.lastEnd !== 20n || scene.minConfirmations !== 0n) continue;
    const { rule, monitorLies, validators, liars } = scene;
    const key = `| ${rule} | ${monitorLies ? 'lies' : 'honest'} | ${validators} | ${liars} |`;
    rows.set(key, [...(rows.get(key) ?? []), shown(outcome)]);
  }
  const body = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, cells]) => `${key} ${cells.join(' | ')} |`);
  return [head, line, ...body].join('\n');
};

it('shows the table of liars (CHAINKEEP_PRINT_TABLE=1 prints it)', () => {
  const text = table();
  if (PRINTS) process.stdout.write(`${text}\n`);
  // 4 sizes, 18 numbers of liars, two monitors, two rules; the liars leave the chain at one block.
  expect(text.split('\n')).toHaveLength(2 + 18 * 4);
  expect(text).toContain(`to ${FORK - 1n}`);
});
