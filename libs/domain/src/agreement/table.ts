import { CodedError, type BlockRef, type ErrorCode, type Hex } from '#libs/kernel';
import {
  quorumOf,
  type AgreementInput,
  type AgreementVerdict,
  type SurveyAnswer,
  type SurveyAnswers,
} from './agreement.types.js';
import type { RunWarning } from '../backup/backup.events.js';
import { isDecided, type Absentee, type Voter } from './voters.js';

type Answered = Extract<SurveyAnswer, { kind: 'answered' }>;

/** Who sits at the table of one search: the voters that count, those that don't and why, and what was asked so far. */
export class Table {
  voters: Voter[] = [];
  absentees: Absentee[] = [];
  warnings: RunWarning[] = [];
  rounds = 0;
  lookups = 0;
  private identities = new Map<string, string>();
  private heads = new Map<string, bigint>();
  private genesis: Hex | undefined;
  private unstable: string | undefined;
  private monitorDown: Readonly<{ code: ErrorCode; message: string }> | undefined;

  constructor(readonly input: AgreementInput) {
    this.restart();
  }

  /** All validators vote again; what was learnt of their chains is forgotten. */
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
    this.warnings = [];
    this.monitorDown = undefined;
    this.heads.clear();
  }

  /** How many voters the rule asks for. */
  needed(): number {
    return this.input.rule === 'all' ? this.voters.length : this.quorum();
  }

  /** ceil(2N/3) of all validators, absent and excused ones included. Two ids of one node count once. */
  private quorum(): number {
    const duplicates = this.absentees.filter(({ outcome }) => outcome === 'duplicate').length;
    return quorumOf(this.input.validatorIds.length - duplicates);
  }

  /** Takes a round of answers: who failed, who changed identity. */
  admit(answers: SurveyAnswers): void {
    for (const [id, answer] of answers) {
      if (answer.kind === 'answered') {
        this.heads.set(id, answer.head);
        if (this.counts(id)) this.checkIdentity(id, answer);
      } else if (id === this.input.monitorId) this.monitorDown = answer;
    }
    for (const { id } of this.voters) {
      const answer = answers.get(id);
      if (answer?.kind === 'answered') continue;
      const message = answer ? `${answer.code}: ${answer.message}` : 'gave no answer';
      this.drop([id], 'unreachable', 'VALIDATOR_UNREACHABLE', message);
    }
  }

  /** The monitor and the voters: what excused and absent nodes say changes nothing. */
  private counts(id: string): boolean {
    return id === this.input.monitorId || this.voters.some((voter) => voter.id === id);
  }

  private checkIdentity(id: string, { nodeId, genesisHash, chainId }: Answered): void {
    const identity = `${nodeId ?? ''}/${chainId}/${genesisHash}`;
    const known = this.identities.get(id);
    if (known === undefined) this.identities.set(id, identity);
    else if (known !== identity) this.unstable = id;
  }

  drop(ids: readonly string[], outcome: Absentee['outcome'], code: ErrorCode, message: string): void {
    for (const id of ids) {
      if (!this.voters.some((voter) => voter.id === id)) continue;
      this.voters = this.voters.filter((voter) => voter.id !== id);
      this.absentees.push({ id, outcome, code, message });
    }
  }

  /** A verdict when the rule can't be met any more by those who are left. */
  refusal(): AgreementVerdict | undefined {
    const { rule, validatorIds, excusedIds, monitorId } = this.input;
    if (validatorIds.every((id) => excusedIds.includes(id))) {
      return dispute('AGREEMENT_NO_VALIDATORS', 'No validator is left to confirm a block.', false);
    }
    if (this.unstable !== undefined) {
      return dispute(
        'NODE_IDENTITY_UNSTABLE',
        `The URL of ${this.unstable} is answered by different nodes.`,
        false,
      );
    }
    if (this.monitorDown) {
      const { code, message } = this.monitorDown;
      return dispute('MONITOR_UNREACHABLE', `Monitor ${monitorId}: ${code}: ${message}`);
    }
    const blocking = this.absentees.filter(({ outcome }) => outcome !== 'excused' && outcome !== 'duplicate');
    const [first] = blocking;
    if (rule === 'all' && first) {
      const names = blocking.map(({ id, message }) => `${id} (${message})`).join('; ');
      return dispute(first.code, `Validators that do not confirm: ${names}`, first.outcome !== 'foreign');
    }
    return this.voters.length < this.needed() ? this.shortOfQuorum() : undefined;
  }

  private shortOfQuorum(): AgreementVerdict {
    const names = this.absentees.map(({ id, outcome }) => `${id} (${outcome})`).join(', ');
    return dispute(
      'QUORUM_NOT_REACHED',
      `${this.voters.length} of ${this.needed()} needed validators answer; absent: ${names}.`,
    );
  }

  /** Reads the opening round: shared identities, genesis, chain id, and who holds the last backed-up block. */
  judgeOpening(opening: SurveyAnswers): AgreementVerdict | undefined {
    const monitor = opening.get(this.input.monitorId);
    this.genesis = this.input.genesisHash ?? (monitor?.kind === 'answered' ? monitor.genesisHash : undefined);
    for (const { id, answer } of this.answered(opening)) this.dropIfShared(id, answer.nodeId, opening);
    if (monitor?.kind !== 'answered') {
      this.seed(opening);
      return this.refusal();
    }
    const changed = this.judgeMonitor(opening, monitor);
    // A monitor of another chain says nothing about the chain id of the others.
    this.dropForeign(opening, changed === undefined ? monitor.chainId : undefined);
    this.seed(opening);
    return changed ?? this.refusal();
  }

  private dropForeign(opening: SurveyAnswers, chainId: bigint | undefined): void {
    for (const { id, answer } of this.answered(opening)) {
      const sameChain = chainId === undefined || answer.chainId === chainId;
      if (sameChain && answer.genesisHash === this.genesis) continue;
      const message = `answers for chain ${answer.chainId} with genesis ${answer.genesisHash}`;
      this.drop([id], 'foreign', 'NODE_FOREIGN', message);
    }
  }

  private answered(answers: SurveyAnswers): readonly Readonly<{ id: string; answer: Answered }>[] {
    return this.voters.flatMap(({ id }) => {
      const answer = answers.get(id);
      return answer?.kind === 'answered' ? [{ id, answer }] : [];
    });
  }

  /** What the voters said of the last backed-up block. */
  private seed(opening: SurveyAnswers): void {
    const { lastEnd } = this.input;
    const missing: string[] = [];
    for (const voter of this.voters) {
      const answer = opening.get(voter.id);
      if (answer?.kind !== 'answered') continue;
      voter.head = answer.head;
      voter.cap = answer.head;
      if (lastEnd === undefined) continue;
      const said = answer.heights.get(lastEnd.number);
      if (said?.kind === 'above-head') continue;
      if (said?.kind !== 'header') missing.push(voter.id);
      else if (said.header.hash === lastEnd.hash) voter.agrees = lastEnd.number;
      else voter.differs = { height: lastEnd.number, hash: said.header.hash, expected: lastEnd.hash };
    }
    this.dropMissing(missing);
  }

  dropMissing(ids: readonly string[]): void {
    this.drop(ids, 'missing', 'VALIDATOR_MISSING_HISTORY', 'does not have a requested block');
  }

  private judgeMonitor(opening: SurveyAnswers, monitor: Answered): AgreementVerdict | undefined {
    const { chainId, monitorId } = this.input;
    if (chainId !== undefined && monitor.chainId !== chainId) {
      return dispute(
        'NODE_FOREIGN',
        `Monitor ${monitorId} answers for chain ${monitor.chainId}, declared is ${chainId}.`,
        false,
      );
    }
    if (monitor.genesisHash === this.genesis) return undefined;
    const same = this.answered(opening).filter(({ answer }) => answer.genesisHash === monitor.genesisHash);
    const text = `Block 0 of ${monitorId} is ${monitor.genesisHash}, backed up is ${this.genesis}.`;
    return same.length >= this.quorum()
      ? dispute('GENESIS_CHANGED', text, false)
      : dispute('NODE_FOREIGN', text, false);
  }

  private dropIfShared(id: string, nodeId: string | undefined, opening: SurveyAnswers): void {
    if (nodeId === undefined) return;
    const first = this.voters.find((voter) => {
      const answer = opening.get(voter.id);
      return answer?.kind === 'answered' && answer.nodeId === nodeId;
    });
    if (first !== undefined && first.id !== id) {
      this.drop([id], 'duplicate', 'NODE_IDENTITY_SHARED', `is the same node as ${first.id}`);
    }
  }

  /** The one hash at a height that a quorum of all validators positively confirms, among those that pass the test. */
  quorumFor(answers: SurveyAnswers, height: bigint, test: (hash: Hex) => boolean): Hex | undefined {
    const votes = new Map<Hex, number>();
    for (const { id } of this.voters) {
      const answer = answers.get(id);
      const said = answer?.kind === 'answered' ? answer.heights.get(height) : undefined;
      if (said?.kind === 'header' && test(said.header.hash)) {
        votes.set(said.header.hash, (votes.get(said.header.hash) ?? 0) + 1);
      }
    }
    const quorum = this.quorum();
    return [...votes].find(([, count]) => count >= quorum)?.[0];
  }

  /** Voters that hold the monitor's hash at a height. */
  countAgreeing(answers: SurveyAnswers, height: bigint): number {
    const monitor = answers.get(this.input.monitorId);
    const expected = monitor?.kind === 'answered' ? monitor.heights.get(height) : undefined;
    if (expected?.kind !== 'header') return -1;
    return this.voters.filter(({ id }) => {
      const answer = answers.get(id);
      const said = answer?.kind === 'answered' ? answer.heights.get(height) : undefined;
      return said?.kind === 'header' && said.header.hash === expected.header.hash;
    }).length;
  }

  genesisHash(): Hex {
    if (this.genesis === undefined) throw new CodedError('INTERNAL', 'No genesis was seen.');
    return this.genesis;
  }

  /**
   * Highest head of the monitor and of the voters that still hold its chain at `through` (left out: at their newest
   * block). A node on a fork, or one that makes up a height there, says nothing about this chain.
   */
  headAt(through?: bigint): bigint | undefined {
    const ids = this.voters
      .filter(({ differs }) => differs === undefined || (through !== undefined && differs.height > through))
      .map(({ id }) => id);
    const heads = [this.input.monitorId, ...ids].flatMap((id) => this.heads.get(id) ?? []);
    return heads.length === 0 ? undefined : heads.reduce((a, b) => (a > b ? a : b));
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

const dispute = (code: ErrorCode, reason: string, retryable = true): AgreementVerdict => ({
  kind: 'disputed',
  code,
  reason,
  retryable,
});

export const openTable = (input: AgreementInput): Table => new Table(input);
