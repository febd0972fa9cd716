import { ZERO_HASH, type BlockRange, type BlockRef } from '#libs/kernel';
import { cutRange, type Cut } from '../backup/plan.js';
import type {
  AgreementInput,
  AgreementReport,
  AgreementVerdict,
  Seat,
  SurveyRequest,
  SurveyAnswer,
  SurveyAnswers,
} from './agreement.types.js';
import { expectHash, headerAt, missingAt, monitorAt } from './answers.js';
import { confirmationsAt, departuresOf } from './confirmations.js';
import { compareBelow, findFork, type Below } from './forked-file.js';
import { judgeStillness, STALLED_BLOCKS, type Passing } from './freshness.js';
import { judgeOpening } from './opening.js';
import { disputed, Table } from './table.js';
import { learn, nthLargest, openHeights, type Voter } from './voters.js';
import { warningsOf } from './warnings.js';

/** A validator this many blocks below the monitor must not hold up the whole consortium's backup: it is a dispute. */
export const BEHIND_BLOCKS_MAX = 10_000n;
const ROUNDS_MAX = 60;
const RESTARTS_MAX = 3;
/** How often, and how long after each other, nodes that are a few blocks apart are asked again. */
const REPEATS_MAX = 10;
const REPEAT_MS = 1_000;

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;
type Search<T> = Generator<SurveyRequest, T, SurveyAnswers>;
type Verdict = AgreementVerdict | Passing | 'moved';

/** Asks one batch of the monitor and each voter, after `waitMs` where given, and keeps count. */
function* ask(
  table: Table,
  heights: readonly bigint[],
  more: Pick<SurveyRequest, 'waitMs' | 'stored'> = {},
): Search<SurveyAnswers> {
  const unique = [...new Set(heights)];
  const ids = [table.input.monitorId, ...table.voters.map(({ id }) => id)];
  const answers = yield { ids, heights: unique, ...more };
  table.rounds += 1;
  table.lookups += unique.length;
  table.admit(answers);
  return answers;
}

/** A quorum holds another block than the files: from which on? */
function* forkedAt(table: Table, other: BlockRef): Search<AgreementVerdict> {
  const fork = yield* findFork(table, other, (heights, more) => ask(table, heights, more));
  if (fork !== undefined) return { kind: 'superseded', fork };
  const reason = `A quorum holds ${other.hash} at block ${other.number}, but none confirmed where it left.`;
  return table.refusal() ?? disputed('QUORUM_NOT_REACHED', reason);
}

/** A quorum is below the last end: the network lost blocks that are backed up. */
function* judgeBelow(table: Table, lastEnd: BlockRef, below: Below): Search<AgreementVerdict> {
  if (below.kind === 'differs') return yield* forkedAt(table, below.other);
  const gone = table.refusal();
  if (gone) return gone;
  const reached = `The backup ends at block ${lastEnd.number}, but a quorum of the validators reaches only block ${below.at}`;
  if (below.kind === 'same')
    return disputed(
      'NETWORK_BELOW_BACKUP',
      `${reached}, which is the same block as in the backup. Blocks ${below.at + 1n} to ${lastEnd.number} are in the backup alone: restore them to the nodes, or go on.`,
    );
  return below.held === undefined
    ? disputed('QUORUM_NOT_REACHED', `${reached}, and they hold different blocks there.`)
    : disputed(
        'MANAGED_UNAVAILABLE',
        `${reached}, and that block of the backup could not be read to compare them.`,
      );
}

/** Is the last backed-up block still what the nodes hold? A verdict when it is not. */
function* checkLastEnd(
  table: Table,
  opening: SurveyAnswers,
  monitor: Answered,
): Search<AgreementVerdict | Passing | undefined> {
  const { input } = table;
  const { lastEnd } = input;
  if (lastEnd === undefined) return undefined;
  const other = table.quorumFor(opening, lastEnd.number, (hash) => hash !== lastEnd.hash);
  if (other !== undefined) return yield* forkedAt(table, { number: lastEnd.number, hash: other });
  const below = yield* compareBelow(table, (heights, more) => ask(table, heights, more));
  if (below !== undefined) return yield* judgeBelow(table, lastEnd, below);
  if (monitor.head < lastEnd.number) {
    const verdict = disputed(
      'MONITOR_BEHIND',
      `Monitor ${input.monitorId} has ${monitor.head}, block ${lastEnd.number} is backed up.`,
    );
    // Only the monitor is lower: a block may be on its way to it.
    return lastEnd.number - monitor.head > STALLED_BLOCKS ? verdict : { kind: 'passing', verdict };
  }
  const said = monitor.heights.get(lastEnd.number);
  if (said?.kind !== 'header') {
    return disputed(
      'NODE_HISTORY_PRUNED',
      `Monitor ${input.monitorId} does not have block ${lastEnd.number}.`,
    );
  }
  if (said.header.hash === lastEnd.hash) return undefined;
  return disputed(
    'VALIDATOR_DIFFERS',
    `Monitor ${input.monitorId} holds ${said.header.hash} at block ${lastEnd.number}, backed up is ${lastEnd.hash}; no quorum confirms another hash.`,
  );
}

/** `moved` or a verdict when the monitor itself lacks one of the heights. */
const monitorLacks = (
  table: Table,
  answers: SurveyAnswers,
  heights: readonly bigint[],
): Exclude<Verdict, Passing> | undefined => {
  const { input } = table;
  for (const height of heights) {
    const said = monitorAt(answers, input, height);
    if (said?.kind === 'above-head') {
      table.monitorMoved(height);
      return table.settle();
    }
    if (said?.kind !== 'header') {
      return disputed('NODE_HISTORY_PRUNED', `Monitor ${input.monitorId} does not have block ${height}.`);
    }
  }
  return undefined;
};

/** Asks about heights that the monitor must have, and learns from the answers; `next` need not be there. */
function* inquire(
  table: Table,
  heights: readonly bigint[],
  next?: bigint,
): Search<Readonly<{ answers: SurveyAnswers; stopped: Exclude<Verdict, Passing> | undefined }>> {
  const { input } = table;
  const answers = yield* ask(table, next === undefined ? heights : [...heights, next]);
  const refused = table.refusal() ?? monitorLacks(table, answers, heights);
  if (refused) return { answers, stopped: refused };
  learn(table.voters, heights, answers, (height) => expectHash(answers, input, height));
  table.dropMissing(missingAt(table.voters, answers, heights));
  return { answers, stopped: table.refusal() ?? table.settle() };
}

/** Narrows every voter's interval until each departure at or below `top` is known exactly. */
function* narrow(table: Table, top: bigint): Search<Exclude<Verdict, Passing> | undefined> {
  for (const voter of table.voters) {
    const limit = voter.agrees > top ? voter.agrees : top;
    if (voter.cap > limit) voter.cap = limit;
  }
  for (;;) {
    const heights = [...new Set(table.voters.flatMap(openHeights))];
    if (heights.length === 0) return undefined;
    if (table.rounds >= ROUNDS_MAX) break;
    const { stopped } = yield* inquire(table, heights);
    if (stopped) return stopped;
  }
  return disputed('RANGE_MOVED', 'The nodes change their chain faster than they can be asked.');
}

/** Confirms the boundaries of the plan and the successor of the end with every node once more. */
function* confirm(table: Table, start: bigint, agreedEnd: bigint): Search<Verdict> {
  const { input } = table;
  const cuts = cutRange({ start, end: agreedEnd }, input.segmentBlocks, input.supersededStarts);
  const before = start === 0n ? [] : [start - 1n];
  const heights = [...new Set([...before, ...cuts.map(({ end }) => end), agreedEnd])];
  const { answers, stopped } = yield* inquire(table, heights, agreedEnd + 1n);
  if (stopped) return stopped;
  const held = table.reached((seat) =>
    heights.every((height) => table.hashOf(seat, answers, height) === headerAt(answers, input, height)?.hash),
  );
  if (held === 'doubted') return table.doubt();
  if (held === 'no') return 'moved';
  return agreedOn(table, answers, cuts, { start, end: agreedEnd });
}

const agreedOn = (table: Table, answers: SurveyAnswers, cuts: readonly Cut[], range: BlockRange): Verdict => {
  const { input } = table;
  const { start } = range;
  const last = cuts.at(-1);
  const end = last ? headerAt(answers, input, last.end) : undefined;
  const parentHash = start === 0n ? ZERO_HASH : headerAt(answers, input, start - 1n)?.hash;
  if (end === undefined || parentHash === undefined) return 'moved';
  if (input.lastEnd !== undefined && parentHash !== input.lastEnd.hash) return 'moved';
  return {
    kind: 'agreed',
    start,
    parentHash,
    end,
    backlogEnd: range.end,
    cuts: cuts.map((cut) => ({ ...cut, endHash: expectHash(answers, input, cut.end) })),
    genesisHash: table.genesisHash(),
  };
};

/** The highest block with enough blocks above it, as far as the monitor has it. */
const topBelow = ({ input }: Table, head: bigint, monitor: Answered): bigint =>
  lower(head - input.minConfirmations, monitor.head);

const lower = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** Validators that are too far behind to wait for. */
const behind = (table: Table, top: bigint, start: bigint): AgreementVerdict | undefined => {
  const capOf = (seat: Seat) =>
    nthLargest(
      votersOf(table, seat).map(({ cap }) => cap),
      1,
    ) ?? [];
  const reach = nthLargest(table.apart.seats.flatMap(capOf), table.apart.needed);
  if (reach !== undefined && reach >= start && top - reach <= BEHIND_BLOCKS_MAX) return undefined;
  const late = table.voters.filter(({ cap }) => cap < start || top - cap > BEHIND_BLOCKS_MAX);
  return tooFewReach(table, `Too far behind block ${top}`, late);
};

const votersOf = ({ voters }: Table, seat: Seat): readonly Voter[] =>
  voters.filter(({ id }) => seat.includes(id));

const tooFewReach = ({ input }: Table, what: string, late: readonly Voter[]): AgreementVerdict => {
  const names = late.map(({ id, head }) => `${id} (at ${head})`).join(', ');
  return disputed(input.rule === 'all' ? 'VALIDATOR_BEHIND' : 'QUORUM_NOT_REACHED', `${what}: ${names}.`);
};

const departed = (table: Table, start: bigint): AgreementVerdict => {
  const names = departuresOf(table.voters).map(
    ({ nodeId, height }) => `${nodeId} departs at block ${height}`,
  );
  const code = table.input.rule === 'all' ? 'VALIDATOR_DIFFERS' : 'QUORUM_NOT_REACHED';
  return disputed(code, `No block from ${start} on is agreed: ${names.join(', ') || 'too few validators'}.`);
};

/** No block above the last end can be agreed. Do enough validators say so, or who does not? */
function* standStill(table: Table, start: bigint, monitor: Answered): Search<Verdict> {
  const last = start - 1n;
  const judged = judgeStillness(table, last, monitor.head);
  if (judged) return judged;
  const stopped = yield* narrow(table, last);
  if (stopped) return stopped;
  if (table.voters.some(({ differs }) => differs !== undefined)) return departed(table, start);
  const late = table.voters.filter(({ head }) => head < last);
  return tooFewReach(table, `Not at the last backed-up block ${last} yet`, late);
}

/** The search proper, once the last end is known to stand. */
function* agreeFrom(table: Table, start: bigint, monitor: Answered): Search<Verdict> {
  const { minConfirmations } = table.input;
  const top = topBelow(table, table.headAt(start - 1n) ?? monitor.head, monitor);
  if (top < start) return yield* standStill(table, start, monitor);
  // Far behind what another validator reaches too: the monitor's head alone says nothing of the others.
  const highest = nthLargest(
    table.voters.map(({ head }) => head),
    1,
  );
  const reach = highest !== undefined && highest < monitor.head ? highest : monitor.head;
  const late = behind(table, reach - minConfirmations, start);
  if (late) return late;
  const stopped = yield* narrow(table, top);
  if (stopped) return stopped;
  const agreed = table.agreedHeight();
  if (agreed === undefined || agreed < start) return departed(table, start);
  return yield* finish(table, { start, end: agreed }, monitor);
}

/**
 * Keeps the wanted distance to the head of those who hold the agreed chain, and confirms what is left. On the last try
 * whoever took back a word is left out by then, so that a lower block may be agreed on by the others.
 */
function* finish(table: Table, { start, end }: BlockRange, monitor: Answered): Search<Verdict> {
  for (let agreed = end; ;) {
    // Only now is it known who holds the agreed chain: the heads of the others confirm nothing of it.
    const confirmed = topBelow(table, table.headAt(agreed) ?? monitor.head, monitor);
    if (confirmed < start) return yield* standStill(table, start, monitor);
    const top = lower(agreed, confirmed);
    const verdict = yield* confirm(table, start, top);
    if (verdict !== 'moved' || !table.isLastTry || table.rounds >= ROUNDS_MAX) return verdict;
    agreed = table.agreedHeight() ?? top;
    if (agreed < start || agreed >= top) return verdict;
  }
}

/** One try: `moved` when the nodes changed their chain while they were asked. */
function* attempt(table: Table, waitMs: number): Search<Verdict> {
  const { input } = table;
  table.restart();
  const opening = yield* ask(
    table,
    input.lastEnd === undefined ? [] : [input.lastEnd.number],
    waitMs > 0 ? { waitMs } : {},
  );
  const refused = judgeOpening(table, opening);
  if (refused) return refused;
  const monitor = opening.get(input.monitorId);
  if (monitor?.kind !== 'answered') return 'moved';
  const stale = yield* checkLastEnd(table, opening, monitor);
  if (stale) return stale;
  return yield* agreeFrom(table, input.lastEnd === undefined ? 0n : input.lastEnd.number + 1n, monitor);
}

/** Tries until the nodes hold still: a few times while they move, some seconds while a block is on its way. */
function* decide(table: Table): Search<AgreementVerdict> {
  let repeats = 0;
  let tries = 1;
  let verdict: Verdict = table.refusal() ?? (yield* attempt(table, 0));
  for (;;) {
    if (verdict === 'moved') {
      if (tries >= RESTARTS_MAX) break;
      tries += 1;
      table.isLastTry = tries === RESTARTS_MAX;
      verdict = yield* attempt(table, 0);
    } else if (verdict.kind === 'passing') {
      if (repeats >= REPEATS_MAX || table.rounds >= ROUNDS_MAX) return verdict.verdict;
      repeats += 1;
      verdict = yield* attempt(table, REPEAT_MS);
    } else return verdict;
  }
  return disputed('RANGE_MOVED', 'The nodes change their chain faster than they can be asked.');
}

/**
 * Finds the highest block that the rule's validators confirm with the monitor's hash. A generator: it yields questions
 * (one batch to every node) and is sent the answers, so that it knows no network and can be run on any history.
 * Agreement is monotone along the chain: it gallops back and cuts into eighths, O(log n) rounds.
 */
export function* searchAgreement(input: AgreementInput): Search<AgreementReport> {
  const table = new Table(input);
  const verdict = yield* decide(table);
  const height = verdict.kind === 'agreed' ? verdict.end : table.disputedAt();
  const through = verdict.kind === 'agreed' ? verdict.backlogEnd : (input.lastEnd?.number ?? 0n);
  return {
    verdict,
    confirmations: confirmationsAt(height, table),
    departures: departuresOf(table.voters),
    head: table.headAt(through),
    headTimestamp: table.headTimestamp(),
    warnings: warningsOf(table, verdict),
    rounds: table.rounds,
    lookups: table.lookups,
  };
}
