import { CodedError, type BlockRef, type ErrorCode, type Hex } from '#libs/kernel';
import type {
  AgreementInput,
  AgreementVerdict,
  Seat,
  SurveyAnswer,
  SurveyAnswers,
} from './agreement.types.js';
import { Identities } from './identities.js';
import { countingOf, headOf, joined, reachOf, saidBy, type Counting } from './seats.js';
import { contradictionOf, isDecided, nthLargest, type Absentee, type Voter } from './voters.js';
import { contradiction, faultOf, Words, type Misfit } from './words.js';

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;

/** Has the rule been met? `doubted`: only when nodes that claim one identity are counted apart. */
export type Reached = 'yes' | 'no' | 'doubted';

/** `cause`: the code of what kept a node from answering, whose hint says more. */
export const disputed = (
  code: ErrorCode,
  reason: string,
  retryable = true,
  cause?: ErrorCode,
): AgreementVerdict => ({
  kind: 'disputed',
  code,
  reason,
  retryable,
  ...(cause === undefined || cause === code ? {} : { cause }),
});

/** Not repeated by itself: somebody has to change the network or its registration. */
const LASTING: readonly ErrorCode[] = ['NODE_FOREIGN', 'NODE_IDENTITY_UNSTABLE'];

/** Who sits at the table of one search: the voters that count, those that don't and why, and what was asked so far. */
export class Table {
  voters: Voter[] = [];
  absentees: Absentee[] = [];
  rounds = 0;
  lookups = 0;
  /** Whoever moves from now on is left out, instead of starting again. */
  isLastTry = false;
  /** The validators as they are registered, one seat each. */
  readonly apart: Counting;
  readonly identities = new Identities();
  genesis: Hex | undefined;
  monitorHead = 0n;
  /** Why the monitor can't be heard. */
  monitorDown: Readonly<{ code: ErrorCode; message: string }> | undefined;
  private words = new Words();
  private misfits: Misfit[] = [];
  private timestamps = new Map<string, bigint>();

  constructor(readonly input: AgreementInput) {
    this.apart = countingOf(input.seats, input);
    this.restart();
  }

  /** All validators vote again; what was learnt of their chains is forgotten, not who they are. */
  restart(): void {
    const { validatorIds, excusedIds } = this.input;
    this.voters = validatorIds
      .filter((id) => !excusedIds.includes(id))
      .map((id) => ({ id, agrees: 0n, differs: undefined, cap: 0n, head: 0n, galloped: false }));
    this.absentees = validatorIds
      .filter((id) => excusedIds.includes(id))
      .map((id) => ({
        id,
        outcome: 'excused',
        code: 'VALIDATOR_UNREACHABLE',
        message: 'excused by an operator',
      }));
    this.monitorDown = undefined;
    this.words = new Words();
    this.misfits = [];
    this.timestamps.clear();
  }

  /** Takes a round of answers: who failed, who answers nonsense, who is another node now. */
  admit(answers: SurveyAnswers): void {
    for (const [id, answer] of answers) if (answer.kind === 'answered') this.hear(id, answer);
    const monitor = this.failureOf(this.input.monitorId, answers);
    if (monitor !== undefined) this.monitorDown = monitor;
    for (const { id } of this.voters) {
      const failure = this.failureOf(id, answers);
      if (failure === undefined) continue;
      const { as: code = 'VALIDATOR_UNREACHABLE', code: cause, message } = failure;
      this.leave(id, { outcome: 'unreachable', code, message, cause });
    }
  }

  private hear(id: string, answer: Answered): void {
    if (!this.counts(id)) return;
    if (id === this.input.monitorId) this.monitorHead = answer.head;
    this.identities.hear(id, answer);
    if (answer.headTimestamp !== undefined) this.timestamps.set(id, answer.headTimestamp);
    const misfit = this.words.hear(id, answer);
    if (misfit) this.misfits.push(misfit);
  }

  /** Why a node's answer can't be used; `as` where that is the node's own fault. */
  private failureOf(
    id: string,
    answers: SurveyAnswers,
  ): Readonly<{ code: ErrorCode; message: string; as?: ErrorCode }> | undefined {
    const answer = answers.get(id);
    if (answer === undefined) return { code: 'NODE_UNREACHABLE', message: 'gave no answer' };
    if (answer.kind === 'failed') return { code: answer.code, message: `${answer.code}: ${answer.message}` };
    const fault = faultOf(answer);
    if (fault !== undefined)
      return { code: 'NODE_ANSWER_INVALID', as: 'NODE_ANSWER_INVALID', message: fault };
    if (!this.identities.isUnstable(id)) return undefined;
    const message = 'is answered by different nodes';
    return { code: 'NODE_IDENTITY_UNSTABLE', as: 'NODE_IDENTITY_UNSTABLE', message };
  }

  /** The monitor and the voters: what excused and absent nodes say changes nothing. */
  private counts(id: string): boolean {
    return id === this.input.monitorId || this.voters.some((voter) => voter.id === id);
  }

  drop(ids: readonly string[], outcome: Absentee['outcome'], code: ErrorCode, message: string): void {
    for (const id of ids) this.leave(id, { outcome, code, message });
  }

  private leave(id: string, why: Omit<Absentee, 'id'>): void {
    if (!this.voters.some((voter) => voter.id === id)) return;
    this.voters = this.voters.filter((voter) => voter.id !== id);
    this.absentees.push({ id, ...why });
  }

  dropMissing(ids: readonly string[]): void {
    this.drop(ids, 'missing', 'VALIDATOR_MISSING_HISTORY', 'does not have a requested block');
  }

  /** Somebody took back what it said: `moved` to start again, on the last try a verdict or nothing, without who moved. */
  settle(): AgreementVerdict | 'moved' | undefined {
    const misfits = this.takeMisfits();
    const [first] = misfits;
    if (first === undefined) return undefined;
    if (!this.isLastTry) return 'moved';
    const monitor = misfits.find(({ id }) => id === this.input.monitorId);
    // When a quorum contradicts itself at once, it is the monitor they are compared with that moved.
    const byMonitor = monitor ?? (misfits.length >= this.apart.quorum ? first : undefined);
    if (byMonitor !== undefined) {
      const names = misfits.map(({ id, message }) => `${id} ${message}`).join('; ');
      return disputed(byMonitor.code, `The chain moved while the nodes were asked: ${names}.`);
    }
    for (const { id, code, message } of misfits) this.drop([id], 'unreachable', code, message);
    return this.refusal();
  }

  private takeMisfits(): readonly Misfit[] {
    const heard = this.misfits;
    this.misfits = [];
    const seen = heard.some(({ id }) => id === this.input.monitorId) ? [] : this.contradictions();
    const all = [...heard, ...seen].filter(({ id }) => this.counts(id));
    return all.filter(({ id }, index) => all.findIndex((each) => each.id === id) === index);
  }

  private contradictions(): readonly Misfit[] {
    return this.voters.flatMap((voter) => {
      const height = contradictionOf(voter);
      return height === undefined ? [] : [contradiction(voter.id, height)];
    });
  }

  monitorMoved(height: bigint): void {
    const { monitorId } = this.input;
    this.misfits.push({
      id: monitorId,
      height,
      code: 'RANGE_MOVED',
      message: `has no block ${height} any more`,
    });
  }

  /** A verdict when the rule can't be met any more by those who are left. */
  refusal(): AgreementVerdict | undefined {
    const { rule, validatorIds, excusedIds, monitorId } = this.input;
    if (validatorIds.every((id) => excusedIds.includes(id))) {
      return disputed('AGREEMENT_NO_VALIDATORS', 'No validator is left to confirm a block.', false);
    }
    if (this.monitorDown?.code === 'NODE_IDENTITY_UNSTABLE')
      return disputed(
        'NODE_IDENTITY_UNSTABLE',
        `The URL of ${monitorId} ${this.monitorDown.message}.`,
        false,
      );
    if (this.monitorDown)
      return disputed(
        'MONITOR_UNREACHABLE',
        `Monitor ${monitorId}: ${this.monitorDown.message}`,
        true,
        this.monitorDown.code,
      );
    const blocking = this.blocking();
    const [first] = blocking;
    if (rule === 'all' && first) {
      const names = blocking.map(({ id, message }) => `${id} (${message})`).join('; ');
      const { code, cause } = first;
      return disputed(code, `Validators that do not confirm: ${names}`, !LASTING.includes(code), cause);
    }
    const voting = this.apart.seats.filter((seat) => this.votes(seat)).length;
    return voting < this.apart.needed ? this.shortOfQuorum(voting) : undefined;
  }

  private votes(seat: Seat): boolean {
    return this.voters.some(({ id }) => seat.includes(id));
  }

  /** Absent validators, except where another node of their seat speaks for them. */
  private blocking(): readonly Absentee[] {
    const silent = this.apart.seats.filter((seat) => !this.votes(seat)).flat();
    return this.absentees.filter(
      ({ id, outcome }) => outcome !== 'excused' && (outcome === 'foreign' || silent.includes(id)),
    );
  }

  private shortOfQuorum(voting: number): AgreementVerdict {
    const names = this.absentees
      .map(({ id, outcome, message }) => `${id} (${outcome}: ${message})`)
      .join(', ');
    return disputed(
      'QUORUM_NOT_REACHED',
      `${voting} of ${this.apart.needed} needed validators answer; absent: ${names}.`,
    );
  }

  /** The seats with those merged whose voters claim one identity; `undefined` when nobody does. */
  private asOne(): Counting | undefined {
    const { seats } = this.apart;
    const claimed = joined(seats, (id) => this.identities.claimsOf(id, this.voters));
    return claimed.length === seats.length ? undefined : countingOf(claimed, this.input);
  }

  /** Is the rule met by the seats that pass the test, also when those that claim one identity count once? */
  reached(test: (seat: Seat) => boolean, bar: 'needed' | 'quorum' = 'needed'): Reached {
    const meets = (counting: Counting) => counting.seats.filter(test).length >= counting[bar];
    if (!meets(this.apart)) return 'no';
    const asOne = this.asOne();
    return asOne === undefined || meets(asOne) ? 'yes' : 'doubted';
  }

  /** The dispute when the rule is met only if nodes that claim one identity are counted apart. */
  doubt(): AgreementVerdict {
    const pairs = this.identities.shared(this.voters, this.apart.seats).map((ids) => ids.join(' and '));
    return disputed(
      'NODE_IDENTITY_DUPLICATE',
      `The rule is not met when nodes that claim one identity count once: ${pairs.join('; ')}.`,
    );
  }

  /** The one hash at a height that a quorum of all validators positively confirms, among those that pass the test. */
  quorumFor(answers: SurveyAnswers, height: bigint, test: (hash: Hex) => boolean): Hex | undefined {
    const hashes = new Set(this.apart.seats.flatMap((seat) => this.hashOf(seat, answers, height) ?? []));
    return [...hashes].find(
      (hash) =>
        test(hash) && this.reached((seat) => this.hashOf(seat, answers, height) === hash, 'quorum') === 'yes',
    );
  }

  hashOf(seat: Seat, answers: SurveyAnswers, height: bigint): Hex | undefined {
    return saidBy(seat, this.voters, answers, height);
  }

  /** The highest block that as many validators may agree on as the rule needs. */
  agreedHeight(): bigint | undefined {
    const { seats, needed } = this.apart;
    return nthLargest(
      seats.flatMap((seat) => reachOf(seat, this.voters) ?? []),
      needed,
    );
  }

  genesisHash(): Hex {
    if (this.genesis === undefined) throw new CodedError('INTERNAL', 'No genesis was seen.');
    return this.genesis;
  }

  /**
   * The highest block that as many validators reach as the rule (or a quorum) needs, counting only those that hold the
   * chain at `through`. The monitor's word does not count.
   */
  headAt(through: bigint, bar: 'needed' | 'quorum' = 'needed'): bigint | undefined {
    const heads = this.apart.seats.flatMap((seat) => headOf(seat, this.voters, through) ?? []);
    return nthLargest(heads, this.apart[bar]);
  }

  /** The newest time at which as many validators as the rule needs have a block, as the clients state it. */
  headTimestamp(): bigint | undefined {
    const times = this.apart.seats.flatMap((seat) => {
      const own = this.voters.flatMap(({ id }) => (seat.includes(id) ? (this.timestamps.get(id) ?? []) : []));
      return nthLargest(own, 1) ?? [];
    });
    return nthLargest(times, this.apart.needed);
  }

  /** The height a dispute is reported at: the first departure if all spoke of it, else the last backed-up block. */
  disputedAt(): BlockRef | undefined {
    const first = this.voters
      .flatMap(({ differs }) => (differs ? [differs] : []))
      .reduce<Voter['differs']>((a, b) => (a === undefined || b.height < a.height ? b : a), undefined);
    if (first && this.voters.every((voter) => isDecided(voter, first.height))) {
      return { number: first.height, hash: first.expected };
    }
    const begin = this.genesis === undefined ? undefined : { number: 0n, hash: this.genesis };
    return this.input.lastEnd ?? begin;
  }
}
