import {
  boundedWarning,
  searchAgreement,
  TEXT_CHARS_MAX,
  sharedPlaces,
  type AgreementInput,
  type AgreementReport,
  type BackupCommand,
  type Branch,
  type Fork,
  type LiveEnvironment,
  type Replacement,
  type RequestedBackup,
  type RunWarning,
} from '#libs/domain';
import { CodedError, toInstant, type Hex } from '#libs/kernel';
import type { FailureDecision, StepResult } from '#libs/runtime';
import { StoredBlocks, systemContext, type ServicePorts } from '#libs/services';
import { agreementInput, registered } from './agreement-input.js';
import { blockOverdue } from './block-overdue.js';
import { BrokenFinality, type Broken } from './broken-finality.js';
import { compareWithChain } from './chain-validators.js';
import { surveyAll } from './node-survey.js';
import { openParticipants, type Participants } from './participants.js';
import {
  disputeAtOnce,
  replacementInput,
  replacementOf,
  supersedingOf,
  type Dispute,
} from './superseding.js';

const RETRY_MS = 2_000;
const ATTEMPTS_MAX = 5;

type Question = Readonly<{
  environment: LiveEnvironment;
  backup: RequestedBackup;
  input: AgreementInput;
  participants: Participants;
  warnings: readonly RunWarning[];
  /** Files of the backup that the agreed range replaces. */
  replaces?: Replacement;
  /** The agreed range contradicts the backup, and is kept beside it. */
  branch?: Branch;
}>;

/** The resolver's lane: one step takes one requested run to its agreed range, its dispute, or a supersession. */
export class ResolveHandler {
  private readonly storedBlocks: StoredBlocks;
  private readonly finality: BrokenFinality;

  constructor(
    private readonly ports: Pick<
      ServicePorts,
      | 'catalogue'
      | 'clock'
      | 'histories'
      | 'home'
      | 'log'
      | 'nodes'
      | 'objects'
      | 'ownCredentials'
      | 'streams'
      | 'vault'
    >,
  ) {
    this.storedBlocks = new StoredBlocks(ports);
    this.finality = new BrokenFinality(ports, this.storedBlocks);
  }

  async step(environmentId: string, signal: AbortSignal): Promise<StepResult> {
    const { state: backup } = await this.ports.streams.backups.load(environmentId);
    if (backup.status !== 'requested') return 'idle';
    const { state: environment } = await this.ports.streams.environments.load(environmentId);
    if (environment.status !== 'live' || !environment.settings.enabled) {
      await this.command(environmentId, {
        type: 'SkipBackup',
        reason: 'BACKUP_DISABLED',
        ...this.of(backup),
      });
      return 'more';
    }
    const participants = await openParticipants(environment, this.ports);
    const input = await agreementInput({ environment, backup, participants }, this.ports);
    if (input === undefined) {
      await this.disputeWithoutNodes(environmentId, environment, backup);
      return 'more';
    }
    await this.resolve({ environment, backup, input, warnings: [], participants }, signal);
    return 'more';
  }

  private async resolve(question: Question, signal: AbortSignal): Promise<void> {
    const report = await this.search(question, signal);
    signal.throwIfAborted();
    const { verdict } = report;
    if (verdict.kind === 'superseded')
      return this.supersede(question, { fork: verdict.fork, report }, signal);
    const broken = await this.finality.byDeparture(question, report, signal);
    if (broken !== undefined) return this.dispute(question, report, broken.dispute);
    await this.conclude(await this.compared(question, report, signal), report);
  }

  private async compared(
    question: Question,
    report: AgreementReport,
    signal: AbortSignal,
  ): Promise<Question> {
    const { environment, participants, input } = question;
    const compared = { environment, participants, input, report, log: this.ports.log, signal };
    const warnings = [
      ...report.warnings,
      ...sharedPlaces(registered(participants).filter(({ nodeId }) => !input.excusedIds.includes(nodeId))),
      ...blockOverdue(environment, report, this.ports.clock.nowMs()),
      ...(await compareWithChain(compared)),
    ];
    return { ...question, warnings: warnings.map(boundedWarning) };
  }

  private of({ run }: RequestedBackup): Readonly<{ runId: string; at: string }> {
    return { runId: run.runId, at: toInstant(this.ports.clock.nowMs()) };
  }

  private async command(environmentId: string, command: BackupCommand): Promise<void> {
    const correlationId = 'runId' in command ? command.runId : environmentId;
    await this.ports.streams.backups.handle(
      environmentId,
      command,
      systemContext(this.ports.clock, { correlationId }),
    );
  }

  private async disputeWithoutNodes(
    environmentId: string,
    environment: LiveEnvironment,
    backup: RequestedBackup,
  ): Promise<void> {
    const hasMonitor = [...environment.nodes.values()].some(({ role }) => role === 'monitor');
    await this.command(environmentId, {
      type: 'DisputeRange',
      code: hasMonitor ? 'AGREEMENT_NO_VALIDATORS' : 'AGREEMENT_NO_MONITOR',
      retryable: false,
      reason: hasMonitor ? 'No validator is registered.' : 'No monitor is registered.',
      confirmations: [],
      departures: [],
      ...this.of(backup),
    });
  }

  private async search(
    { environment, input, participants }: Question,
    signal: AbortSignal,
  ): Promise<AgreementReport> {
    const stored = new Map<bigint, Hex>();
    const search = searchAgreement({ ...input, stored });
    let next = search.next();
    while (!next.done) {
      const { waitMs, stored: numbers } = next.value;
      if (waitMs !== undefined) await this.ports.clock.sleep(waitMs, signal);
      const answers = await surveyAll(participants, next.value, signal);
      if (numbers !== undefined) await this.storedBlocks.into(stored, environment, { numbers, signal });
      next = search.next(answers);
    }
    return next.value;
  }

  private async conclude(
    { environment, backup, input, warnings, replaces, branch }: Question,
    report: AgreementReport,
  ): Promise<void> {
    const { environmentId, settings } = environment;
    const { verdict, confirmations, departures, rounds, lookups, head } = report;
    const of = this.of(backup);
    const known = head === undefined ? {} : { head };
    this.ports.log.info('The validators were asked.', {
      environment: environmentId,
      verdict: verdict.kind,
      rounds,
    });
    switch (verdict.kind) {
      case 'agreed': {
        const { kind: _kind, ...agreed } = verdict;
        return this.command(environmentId, {
          type: 'AgreeRange',
          ...agreed,
          warnings,
          compression: settings.compression,
          rule: input.rule,
          confirmations,
          departures,
          rounds,
          lookups,
          head: head ?? verdict.backlogEnd,
          ...(replaces === undefined ? {} : { replaces }),
          ...(branch === undefined ? {} : { branch }),
          ...of,
        });
      }
      case 'no-new-block':
        return this.command(environmentId, {
          type: 'SkipBackup',
          reason: 'NO_NEW_BLOCK',
          confirmations,
          ...(warnings.length > 0 ? { warnings } : {}),
          ...known,
          ...of,
        });
      case 'superseded':
        throw new CodedError('INTERNAL', 'A supersession is concluded by the agreement on its replacement.');
      case 'disputed':
        return this.dispute({ environment, backup }, report, verdict);
    }
  }

  private async dispute(
    { environment: { environmentId }, backup }: Pick<Question, 'environment' | 'backup'>,
    report: AgreementReport,
    { code, cause, retryable, reason, question, proof }: Dispute,
  ): Promise<void> {
    const { confirmations, departures, head } = report;
    await this.command(environmentId, {
      type: 'DisputeRange',
      ...{ code, retryable, reason: reason.slice(0, TEXT_CHARS_MAX), confirmations, departures },
      ...(cause === undefined ? {} : { cause }),
      ...(question === undefined ? {} : { question }),
      ...(proof === undefined ? {} : { proof }),
      ...(head === undefined ? {} : { head }),
      ...this.of(backup),
    });
  }

  /** Agrees on what replaces the files that the nodes left. Until all of it is staged the files stay as they are. */
  private async supersede(
    question: Question,
    { fork, report: before }: Readonly<{ fork: Fork; report: AgreementReport }>,
    signal: AbortSignal,
  ): Promise<void> {
    const history = await this.ports.histories.read(question.environment.environmentId);
    const superseding = supersedingOf(question, fork, history);
    const broken = await this.finality.bySuperseding(question, superseding, { history, signal });
    if (broken !== undefined) return this.keepBranch(question, { broken, report: before }, signal);
    const input = replacementInput(question.input, superseding, history);
    const asked = { ...question, input };
    const report = await this.search(asked, signal);
    signal.throwIfAborted();
    const outcome = disputeAtOnce(superseding) ?? replacementOf(superseding, { rule: input.rule, report });
    if (outcome.kind === 'disputed') return this.dispute(question, report, outcome);
    await this.conclude({ ...(await this.compared(asked, report, signal)), ...outcome }, report);
  }

  /** Disputed; but blocks of the other chain that a quorum agrees on are kept first, and the dispute follows them. */
  private async keepBranch(
    question: Question,
    { broken, report }: Readonly<{ broken: Broken; report: AgreementReport }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { dispute, branch } = broken;
    if (branch !== undefined) {
      const asked = { ...question, ...branch };
      const found = await this.search(asked, signal);
      if (found.verdict.kind === 'agreed') return this.conclude(asked, found);
    }
    await this.dispute(question, report, dispute);
  }

  async failed(environmentId: string, error: CodedError, attempt: number): Promise<FailureDecision> {
    this.ports.log.warn('The validators did not agree on a range.', {
      environment: environmentId,
      error,
      attempt,
    });
    if (error.retryable && attempt < ATTEMPTS_MAX) return { retryAfterMs: RETRY_MS * attempt };
    const { state } = await this.ports.streams.backups.load(environmentId);
    if (state.status !== 'requested') return 'give-up';
    const { code, message, retryable } = error;
    await this.command(environmentId, {
      type: 'FailBackup',
      code,
      message: message.slice(0, TEXT_CHARS_MAX),
      retryable,
      ...this.of(state),
    });
    return 'give-up';
  }
}
