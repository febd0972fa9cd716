import { randomUUID } from 'node:crypto';
import type { CommandContext, DomainEvent, Handled, Position, Streams } from '#libs/event-sourcing';
import { START } from '#libs/event-sourcing';
import { CodedError, deterministicId, hasCode, toInstant, type Instant } from '#libs/kernel';
import type { ServicePorts } from '#libs/services';
import type { Caller } from './edge/request.js';

/** Events that change what lists show. */
const LISTED =
  /^(\w+(Registered|Removed)|(Environment|Member|Consortium|Configuration|Target)Changed|BackupConfigured|Target(En|Dis)abled|ApiKey\w+)$/;
const SHORT_ID_LENGTH = 12;

/** A follow-up command of a request: its If-Match was for the first one. */
export const unconditional = ({ ifMatch: _done, ...caller }: Caller): Caller => caller;

/** Gives commands on behalf of a caller, and remembers how far lists must have got to show them. */
export class Commands {
  private listedAt: Position = START;
  private lastAppended: Position = START;

  constructor(private readonly ports: Pick<ServicePorts, 'catalogue' | 'clock'>) {}

  now(): Instant {
    return toInstant(this.ports.clock.nowMs());
  }

  /** Position of the newest event this process appended. */
  get last(): Position {
    return this.lastAppended;
  }

  context({ principal, correlationId }: Caller): CommandContext {
    return { actor: principal.actor, correlationId, at: this.now() };
  }

  /** An id for a new resource: the caller's own, one derived from its Idempotency-Key, or a new one. */
  newId(kind: string, asked: string | undefined, { idempotencyKey }: Caller): string {
    if (asked !== undefined) return asked;
    const uuid = idempotencyKey === undefined ? randomUUID() : deterministicId(kind, idempotencyKey);
    return `${kind.charAt(0)}${uuid.replaceAll('-', '').slice(0, SHORT_ID_LENGTH - 1)}`;
  }

  /** Load, decide, append. PRECONDITION_FAILED when the caller's If-Match does not fit. */
  async give<State, Command, E extends DomainEvent>(
    streams: Streams<State, Command, E>,
    id: string,
    command: Command,
    caller: Caller,
  ): Promise<Handled<State, E>> {
    const { ifMatch } = caller;
    try {
      const options = ifMatch === undefined ? {} : { expected: ifMatch };
      const handled = await streams.handle(id, command, this.context(caller), options);
      this.note(handled);
      return handled;
    } catch (error) {
      if (ifMatch === undefined || !hasCode(error, 'REVISION_CONFLICT')) throw error;
      throw new CodedError('PRECONDITION_FAILED', 'The resource changed since it was read.', {
        cause: error,
      });
    }
  }

  /** Resolves when lists show everything this process did; STORE_UNAVAILABLE after 5 s. */
  async listed(): Promise<void> {
    await this.ports.catalogue.waitFor(this.listedAt);
  }

  private note<State, E extends DomainEvent>({ position, events }: Handled<State, E>): void {
    if (position === undefined) return;
    if (position > this.lastAppended) this.lastAppended = position;
    const changesLists = events.some(({ type }) => LISTED.test(type));
    if (changesLists && position > this.listedAt) this.listedAt = position;
  }
}
