import {
  canonicalFiles,
  excuseAt,
  searchAgreement,
  seatsOf,
  sharedPlaces,
  supersededStarts,
  type AgreementInput,
  type AgreementReport,
  type BackupCommand,
  type Fork,
  type LiveEnvironment,
  type RegisteredValidator,
  type Replacement,
  type RequestedBackup,
  type RunWarning,
} from '#libs/domain';
import { CodedError, toEpochMs, toInstant, type BlockRef, type Hex } from '#libs/kernel';
import type { FailureDecision, StepResult } from '#libs/runtime';
import { StoredBlocks, systemContext, type ServicePorts } from '#libs/services';
import { blockOverdue } from './block-overdue.js';
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

const HOUR_MS = 3_600_000;
const RETRY_MS = 2_000;
const ATTEMPTS_MAX = 5;
/** A text of an event is bounded; one that is too long must not keep a run from being recorded. */
const TEXT_MAX = 2_000;

const bounded = (warning: RunWarning): RunWarning => ({
  ...warning,
  message: warning.message.slice(0, TEXT_MAX),
});

type Question = Readonly<{
  environment: LiveEnvironment;
  backup: RequestedBackup;
  input: AgreementInput;
  participants: Participants;
  warnings: readonly RunWarning[];
  /** Files of the backup that the agreed range replaces. */
  replaces?: Replacement;
}>;

/** The resolver's lane: one step takes one requested run to its agreed range, its dispute, or a supersession. */
export class ResolveHandler {
  private readonly storedBlocks: StoredBlocks;

  constructor(
    private readonly ports: Pick<
      ServicePorts,
      'clock' | 'histories' | 'home' | 'log' | 'nodes' | 'objects' | 'streams' | 'vault'
    >,
  ) {
    this.storedBlocks = new StoredBlocks(ports);
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
    const input = await this.inputFor(environment, backup, participants);
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
    if (verdict.kind === 'superseded') return this.supersede(question, verdict.fork, signal);
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
    return { ...question, warnings: warnings.map(bounded) };
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

  private async inputFor(
    environment: LiveEnvironment,
    backup: RequestedBackup,
    participants: Participants,
  ): Promise<AgreementInput | undefined> {
    const nodes = [...environment.nodes.values()];
    const monitor = nodes.find(({ role }) => role === 'monitor');
    const validators = nodes.filter(({ role }) => role === 'validator');
    if (monitor === undefined || validators.length === 0) return undefined;
    const history = await this.ports.histories.read(environment.environmentId);
    const now = toInstant(this.ports.clock.nowMs());
    const { held, tip } = backup;
    const validatorIds = validators.map(({ nodeId }) => nodeId);
    return {
      monitorId: monitor.nodeId,
      validatorIds,
      excusedIds: validatorIds.filter((id) => excuseAt(environment, id, now) !== undefined),
      seats: seatsOf(registered(participants)),
      rule: this.ruleOf(environment, backup),
      minConfirmations: BigInt(environment.settings.minConfirmations),
      segmentBlocks: environment.settings.segmentBlocks,
      lastEnd: tip,
      fileEnds: canonicalFiles(history).map(({ end, endHash }): BlockRef => ({ number: end, hash: endHash })),
      supersededStarts: [
        ...supersededStarts(history, tip === undefined ? 0n : tip.number + 1n),
        // What an operator releases is exactly the file that was held back.
        ...(held === undefined ? [] : [held.end + 1n]),
      ],
      genesisHash: backup.genesisHash ?? environment.genesis?.genesisHash,
      chainId: declaredChainId(environment),
    };
  }

  /** `all_then_quorum` asks for all until nothing was agreed for that many hours. */
  private ruleOf(
    { settings, enabledAt }: LiveEnvironment,
    { lastSuccessAt, run }: RequestedBackup,
  ): 'all' | 'quorum' {
    const { agreement } = settings;
    if (agreement.kind !== 'all_then_quorum') return agreement.kind;
    const since = toEpochMs(lastSuccessAt ?? enabledAt ?? run.requestedAt);
    return this.ports.clock.nowMs() - since > agreement.afterHours * HOUR_MS ? 'quorum' : 'all';
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
    { environment, backup, input, warnings, replaces }: Question,
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
    { code, cause, retryable, reason, question }: Dispute,
  ): Promise<void> {
    const { confirmations, departures, head } = report;
    await this.command(environmentId, {
      type: 'DisputeRange',
      ...{ code, retryable, reason: reason.slice(0, TEXT_MAX), confirmations, departures },
      ...(cause === undefined ? {} : { cause }),
      ...(question === undefined ? {} : { question }),
      ...(head === undefined ? {} : { head }),
      ...this.of(backup),
    });
  }

  /** Agrees on what replaces the files that the nodes left. Until all of it is staged the files stay as they are. */
  private async supersede(question: Question, fork: Fork, signal: AbortSignal): Promise<void> {
    const history = await this.ports.histories.read(question.environment.environmentId);
    const superseding = supersedingOf(question, fork, history);
    const input = replacementInput(question.input, superseding, history);
    const asked = { ...question, input };
    const report = await this.search(asked, signal);
    signal.throwIfAborted();
    const outcome = disputeAtOnce(superseding) ?? replacementOf(superseding, { rule: input.rule, report });
    if (outcome.kind === 'disputed') return this.dispute(question, report, outcome);
    await this.conclude({ ...(await this.compared(asked, report, signal)), ...outcome }, report);
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
      message: message.slice(0, TEXT_MAX),
      retryable,
      ...this.of(state),
    });
    return 'give-up';
  }
}

const registered = (participants: Participants): readonly RegisteredValidator[] =>
  [...participants.values()]
    .filter(({ description }) => description.role === 'validator')
    .map(({ description, place }) => ({ ...description, place }));

const declaredChainId = ({ extra }: LiveEnvironment): bigint | undefined => {
  const chainId = extra?.['chain_id'];
  return typeof chainId === 'number' && Number.isSafeInteger(chainId) && chainId > 0
    ? BigInt(chainId)
    : undefined;
};
