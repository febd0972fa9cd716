import type { ChainkeepStreams, RequestBody } from '#libs/contracts';
import type { LiveEnvironment, LiveTarget, RequestMark } from '#libs/domain';
import type { CommandContext } from '#libs/event-sourcing';
import { CodedError, deterministicId, isCodedError, isOurs, toInstant, type Clock } from '#libs/kernel';
import type { TopicRecord } from '#libs/messaging';
import { readRequest, type RequestMessage } from './request-message.js';
import { memberOf, verifyRequest, type Signer } from './request-signature.js';

export type RequestHandlerParts = Readonly<{ streams: ChainkeepStreams; clock: Clock }>;

type Work = Readonly<{ requestId: string; request: RequestMessage; context: CommandContext }>;

const forbidden = (what: string): CodedError => new CodedError('AUTH_FORBIDDEN', what);
const notFound = (kind: string, id: string): CodedError =>
  new CodedError('RESOURCE_NOT_FOUND', `There is no ${kind} ${id}.`);

/**
 * Takes requests of external producers: checked, authorised, recorded once per source and id for good, applied by the
 * deciders that the API uses. A crash anywhere in between is made up for by the same message coming again.
 */
export class RequestHandler {
  constructor(private readonly parts: RequestHandlerParts) {}

  /** Resolves when the request was applied; rejects with why it never will be, or with what may pass. */
  async handle(record: TopicRecord): Promise<void> {
    const request = readRequest(record);
    // Per membership, so that no member can take the IDs of another's source.
    const { source, id, jws } = request;
    const requestId = deterministicId('request', memberOf(jws), source, id);
    const { state } = await this.parts.streams.requests.load(requestId);
    const at = toInstant(this.parts.clock.nowMs());
    const context = { actor: `bus:${request.source}`, correlationId: requestId, causationId: requestId, at };
    const work = { requestId, request, context };
    // This message was accepted before: what it started is finished, even if the request has expired since.
    if (state.status === 'absent' || state.request.place !== request.place) await this.receive(work);
    await this.apply(work);
  }

  private async receive({ requestId, request, context }: Work): Promise<void> {
    const { streams, clock } = this.parts;
    const signer = await verifyRequest(request, streams.members, clock.nowMs());
    await this.authorise(request, signer);
    const { id, source, type, json, time, place } = request;
    const named = { source, requestId: id, requestType: type, signedBy: signer.keyName };
    const received = { ...named, body: json, requestedAt: time, place };
    const command = { type: 'ReceiveRequest', request: received, at: context.at } as const;
    await streams.requests.handle(requestId, command, context);
  }

  private async apply(work: Work): Promise<void> {
    const { requestId, context } = work;
    const { requests } = this.parts.streams;
    const { state } = await requests.load(requestId);
    if (state.status === 'refused') throw new CodedError(state.refusal.code, state.refusal.message);
    if (state.status !== 'received') return;
    try {
      await this.give(work);
    } catch (error) {
      if (!isCodedError(error) || error.retryable || isOurs(error)) throw error;
      const refusal = { code: error.code, message: error.message };
      await requests.handle(requestId, { type: 'RefuseRequest', refusal, at: context.at }, context);
      throw error;
    }
    await requests.handle(requestId, { type: 'NoteApplied', at: context.at }, context);
  }

  /** An operator may ask for anything, a member for what concerns its own targets. */
  private async authorise(request: RequestMessage, signer: Signer): Promise<void> {
    switch (request.type) {
      case 'BackupRequested':
      case 'BackupConfigured':
        await this.environment(request.body.environmentId);
        if (signer.role !== 'operator') throw forbidden('Only an operator can request this.');
        return;
      case 'TargetEnabled':
      case 'TargetDisabled': {
        const target = await this.target(request.body.targetId);
        if (signer.role === 'operator') return;
        if (signer.role !== 'member_admin') throw forbidden('A viewer can only read.');
        if (target.membershipId !== signer.memberId)
          throw forbidden('This target belongs to another member.');
      }
    }
  }

  private async give({ requestId, request, context }: Work): Promise<void> {
    const { targets } = this.parts.streams;
    const mark: RequestMark = { id: requestId, at: request.time };
    const { at } = context;
    switch (request.type) {
      case 'BackupRequested':
        return this.requestBackup(request.body, requestId, context);
      case 'BackupConfigured':
        return this.configure(request.body, mark, context);
      case 'TargetEnabled':
        await targets.handle(request.body.targetId, { type: 'EnableTarget', request: mark, at }, context);
        return;
      case 'TargetDisabled':
        await targets.handle(request.body.targetId, { type: 'DisableTarget', request: mark, at }, context);
    }
  }

  private async requestBackup(
    { environmentId }: RequestBody<'BackupRequested'>,
    runId: string,
    context: CommandContext,
  ): Promise<void> {
    const { settings, monitorResetRequired } = await this.environment(environmentId);
    const request = { runId, trigger: 'bus', attempt: 0, requestedAt: context.at } as const;
    const gate = { settings, monitorResetRequired, removed: false };
    const command = { type: 'RequestBackup', environmentId, request, gate } as const;
    await this.parts.streams.backups.handle(environmentId, command, context);
  }

  private async configure(
    { environmentId, ...sent }: RequestBody<'BackupConfigured'>,
    request: RequestMark,
    context: CommandContext,
  ): Promise<void> {
    const changes = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined));
    const command = { type: 'ConfigureBackup', changes, request, at: context.at } as const;
    await this.parts.streams.environments.handle(environmentId, command, context);
  }

  private async environment(id: string): Promise<LiveEnvironment> {
    const { state } = await this.parts.streams.environments.load(id);
    if (state.status !== 'live') throw notFound('environment', id);
    return state;
  }

  private async target(id: string): Promise<LiveTarget> {
    const { state } = await this.parts.streams.targets.load(id);
    if (state.status !== 'live') throw notFound('target', id);
    return state;
  }
}
