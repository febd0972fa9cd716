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
  type LiveEnvironment,
  type RegisteredValidator,
  type RequestedBackup,
  type RunWarning,
} from '#libs/domain';
import { toEpochMs, toInstant, type BlockRef, type CodedError } from '#libs/kernel';
import type { FailureDecision, StepResult } from '#libs/runtime';
import { systemContext, type ServicePorts } from '#libs/services';
import { blockOverdue } from './block-overdue.js';
import { compareWithChain } from './chain-validators.js';
import { surveyAll } from './node-survey.js';
import { openParticipants, type Participants } from './participants.js';

const HOUR_MS = 3_600_000;
const RETRY_MS = 2_000;
const ATTEMPTS_MAX = 5;
/** Names of superseded files that the event lists for readers. */
const LISTED_FILES_MAX = 100;

type Question = Readonly<{
  environment: LiveEnvironment;
  backup: RequestedBackup;
  input: AgreementInput;
  warnings: readonly RunWarning[];
}>;

/** The resolver's lane: one step takes one requested run to its agreed range, its dispute, or a supersession. */
export class ResolveHandler {
  constructor(
    private readonly ports: Pick<ServicePorts, 'clock' | 'histories' | 'log' | 'nodes' | 'streams' | 'vault'>,
  ) {}

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
    const report = await this.search(input, participants, signal);
    signal.throwIfAborted();
    const compared = { environment, participants, input, report, log: this.ports.log, signal };
    const warnings = [
      ...report.warnings,
      ...sharedPlaces(registered(participants).filter(({ nodeId }) => !input.excusedIds.includes(nodeId))),
      ...blockOverdue(environment, report, this.ports.clock.nowMs()),
      ...(await compareWithChain(compared)),
    ];
    await this.conclude({ environment, backup, input, warnings }, report);
    return 'more';
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
    input: AgreementInput,
    participants: Participants,
    signal: AbortSignal,
  ): Promise<AgreementReport> {
    const search = searchAgreement(input);
    let next = search.next();
    while (!next.done) {
      const { waitMs } = next.value;
      if (waitMs !== undefined) await this.ports.clock.sleep(waitMs, signal);
      next = search.next(await surveyAll(participants, next.value, signal));
    }
    return next.value;
  }

  private async conclude(
    { environment, backup, input, warnings }: Question,
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
        return this.supersede(environmentId, input, { ...of, ...verdict });
      case 'disputed': {
        const { kind: _kind, reason, ...why } = verdict;
        const said = { ...why, reason: reason.slice(0, 2_000), confirmations, departures };
        return this.command(environmentId, { type: 'DisputeRange', ...said, ...known, ...of });
      }
    }
  }

  /** Marks everything from the file that holds the fork on as not canonical; the next step agrees on its replacement. */
  private async supersede(
    environmentId: string,
    input: AgreementInput,
    { keepThrough, by, runId, at }: Readonly<{ keepThrough: number; by: string; runId: string; at: string }>,
  ): Promise<void> {
    const files = canonicalFiles(await this.ports.histories.read(environmentId)).slice(keepThrough + 1);
    const [first] = files;
    if (first === undefined) return;
    await this.command(environmentId, {
      type: 'SupersedeSegments',
      runId,
      fromBlock: first.start,
      tip: input.fileEnds[keepThrough],
      files: files.slice(0, LISTED_FILES_MAX).map(({ file }) => file),
      by,
      why: `A quorum of the validators holds ${by} at block ${input.lastEnd?.number ?? 0n}.`,
      at,
    });
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
      message: message.slice(0, 2_000),
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
