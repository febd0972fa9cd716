import {
  hashOf,
  inputOf,
  onBranch,
  onMain,
  searchIn,
  type Outcome,
  type SimNode,
} from './agreement.testing.js';
import type { AgreementInput } from './agreement.types.js';

/** How a liar lies. `same`: all liars hold one fork; `own`: each holds another. */
export const LIES = [
  'identity',
  'identity, same fork',
  'same fork',
  'own fork',
  'flips',
  'no such head',
  'high head',
  'low head',
  'silent',
] as const;
export type Lie = (typeof LIES)[number];

export type Scene = Readonly<{
  validators: number;
  liars: number;
  lie: Lie;
  /** Is the monitor one of the liars too? It holds their fork where they have one. */
  monitorLies: boolean;
  rule: AgreementInput['rule'];
  minConfirmations: bigint;
  lastEnd: bigint | undefined;
}>;

export const HEAD = 100n;
/** The liars' chains leave the honest one here. */
export const FORK = 50n;
const ABSURD = 2n ** 256n - 1n;

type Node = SimNode | ((round: number) => SimNode);

/** The `index`-th liar. Identities of honest validators are claimed one each, from the first on. */
const liarOf = (lie: Lie, index: number, honest: readonly string[]): Node => {
  const victim = honest[index % Math.max(1, honest.length)];
  const claim = victim === undefined ? {} : { identity: victim };
  switch (lie) {
    case 'identity':
      return onMain(HEAD, claim);
    case 'identity, same fork':
      return onBranch(1, FORK, HEAD, claim);
    case 'same fork':
      return onBranch(1, FORK, HEAD);
    case 'own fork':
      return onBranch(index + 1, FORK, HEAD);
    case 'flips':
      return (round) => onBranch(1 + round * 16 + index, FORK, HEAD);
    case 'no such head':
      return onMain(ABSURD);
    case 'high head':
      return onMain(HEAD + 1_000n, { missing: (height) => height > HEAD });
    case 'low head':
      return onMain(FORK - 20n);
    case 'silent':
      return onMain(HEAD, { down: 'NODE_TIMEOUT' });
  }
};

export const idsOf = (validators: number): readonly string[] =>
  Array.from({ length: validators }, (_, index) => `v${index + 1}`);

/** Liars are the last of the validators. */
export const play = ({
  validators,
  liars,
  lie,
  monitorLies,
  rule,
  minConfirmations,
  lastEnd,
}: Scene): Outcome => {
  const ids = idsOf(validators);
  const honest = ids.slice(0, validators - liars);
  const voters = ids.map((id, index): [string, Node] => [
    id,
    index < honest.length ? onMain(HEAD, { identity: id }) : liarOf(lie, index - honest.length, honest),
  ]);
  const monitor = monitorLies ? liarOf(lie, 0, honest) : onMain(HEAD, { identity: 'monitor' });
  const last = lastEnd === undefined ? undefined : { number: lastEnd, hash: hashOf(0, lastEnd) };
  return searchIn(
    { monitor, ...Object.fromEntries(voters) },
    inputOf(ids, { rule, minConfirmations, lastEnd: last, fileEnds: last ? [last] : [] }),
  );
};

export const SCENES: readonly Scene[] = [1, 2, 4, 7].flatMap((validators) =>
  Array.from({ length: validators + 1 }, (_, liars) => liars).flatMap((liars) =>
    LIES.flatMap((lie) =>
      [false, true].flatMap((monitorLies) =>
        (['all', 'quorum'] as const).flatMap((rule) =>
          [0n, 5n].flatMap((minConfirmations) =>
            [undefined, 20n, HEAD - minConfirmations].map((lastEnd) => ({
              validators,
              liars,
              lie,
              monitorLies,
              rule,
              minConfirmations,
              lastEnd,
            })),
          ),
        ),
      ),
    ),
  ),
);

/** What the seals of a chain say, judged by the archive; `none` on chains without seals. */
export type SealVerdict = 'valid' | 'invalid' | 'none';

/** Is the recorded chain the liars' one? Only its highest agreed block can be. */
export const isForged = ({ verdict }: Outcome): boolean =>
  verdict.kind === 'agreed' && verdict.end.hash !== hashOf(0, verdict.end.number);

export const shown = (outcome: Outcome): string => {
  const { verdict } = outcome;
  switch (verdict.kind) {
    case 'agreed':
      return `${isForged(outcome) ? 'THEIRS ' : ''}to ${verdict.backlogEnd}`;
    case 'disputed':
      return verdict.code;
    case 'no-new-block':
    case 'superseded':
      return verdict.kind;
  }
};
