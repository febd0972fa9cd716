import { ignored, type Decision, type Decider, type DomainEvent } from '#libs/event-sourcing';
import { CodedError, type ErrorCode, type Instant } from '#libs/kernel';

/** A command that another program published. `source` and `requestId` name it for good. */
export type ExternalRequest = Readonly<{
  source: string;
  requestId: string;
  requestType: string;
  /** The body as it came. */
  body: Readonly<Record<string, unknown>>;
  /** When the producer asked, by its own clock. */
  requestedAt: Instant;
  /** `<member>/<key>`: whose signature it carries. */
  signedBy: string;
  /** Where it lies in Kafka: another message with the same name is a duplicate, this one again is a repetition. */
  place: string;
}>;

type Refusal = Readonly<{ code: ErrorCode; message: string }>;

export type RequestEvent =
  | DomainEvent<'RequestReceived', ExternalRequest & { at: Instant }>
  | DomainEvent<'RequestApplied', { at: Instant }>
  | DomainEvent<'RequestRefused', Refusal & { at: Instant }>;

export type RequestState =
  | Readonly<{ status: 'absent' }>
  | Readonly<{ status: 'received' | 'applied'; request: ExternalRequest }>
  | Readonly<{ status: 'refused'; request: ExternalRequest; refusal: Refusal }>;

export type RequestCommand =
  | Readonly<{ type: 'ReceiveRequest'; request: ExternalRequest; at: Instant }>
  | Readonly<{ type: 'NoteApplied'; at: Instant }>
  | Readonly<{ type: 'RefuseRequest'; refusal: Refusal; at: Instant }>;

/** What an event about a resource remembers of the request it follows from. */
export type RequestMark = Readonly<{ id: string; at: Instant }>;

/**
 * Is there still something to do for a request about a resource whose newest request was `newest`? `false`: it was
 * done before. REQUEST_OUTDATED when a newer one was taken since: messages come in any order.
 */
export const isNewRequest = (request: RequestMark, newest: RequestMark | undefined): boolean => {
  if (newest === undefined) return true;
  if (request.id === newest.id) return false;
  if (request.at >= newest.at) return true;
  throw new CodedError(
    'REQUEST_OUTDATED',
    `A newer request, of ${newest.at}, was already accepted; this one is of ${request.at}.`,
  );
};

const receive = (
  { request, at }: Extract<RequestCommand, { type: 'ReceiveRequest' }>,
  state: RequestState,
): Decision<RequestEvent> => {
  if (state.status === 'absent') return [{ type: 'RequestReceived', data: { ...request, at } }];
  if (state.request.place === request.place) return ignored('RECEIVED_BEFORE');
  const { source, requestId } = request;
  throw new CodedError('REQUEST_DUPLICATE', `Request ${requestId} of ${source} was already accepted.`);
};

/** One request of an external producer: received once per source and id, then applied or refused, once. */
export const requestDecider: Decider<RequestState, RequestCommand, RequestEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve: (state, event) => {
    if (event.type === 'RequestReceived') {
      const { at: _at, ...request } = event.data;
      return { status: 'received', request };
    }
    if (state.status === 'absent') return state;
    const { request } = state;
    if (event.type === 'RequestApplied') return { status: 'applied', request };
    const { code, message } = event.data;
    return { status: 'refused', request, refusal: { code, message } };
  },
  decide: (command, state) => {
    if (command.type === 'ReceiveRequest') return receive(command, state);
    if (state.status !== 'received') return ignored('NOT_PENDING');
    const { at } = command;
    return command.type === 'NoteApplied'
      ? [{ type: 'RequestApplied', data: { at } }]
      : [{ type: 'RequestRefused', data: { ...command.refusal, at } }];
  },
};
