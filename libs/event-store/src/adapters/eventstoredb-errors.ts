import { CodedError, isCodedError } from '#libs/kernel';
import { refusedTls } from './eventstoredb-tls.js';

/** gRPC's codes, as far as they mean something to us. */
const GRPC = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const PASSING: ReadonlySet<number> = new Set([
  GRPC.CANCELLED,
  GRPC.UNKNOWN,
  GRPC.DEADLINE_EXCEEDED,
  GRPC.ABORTED,
  GRPC.UNAVAILABLE,
]);

type Answer = Readonly<{ code: number | undefined; exception: string | undefined; text: string }>;

type GrpcError = Readonly<{
  code?: unknown;
  type?: unknown;
  details?: string;
  message?: string;
  metadata?: { getMap?: () => Record<string, unknown> };
  _raw?: unknown;
}>;

/** The library's errors and gRPC's own look different, and the library calls many codes "unknown": look at the code. */
const answerOf = (error: unknown): Answer => {
  if (typeof error !== 'object' || error === null)
    return { code: undefined, exception: undefined, text: String(error) };
  const { code, type, details, message, metadata } = error as GrpcError;
  const exception = metadata?.getMap?.()['exception'] ?? type;
  return {
    code: typeof code === 'number' ? code : undefined,
    exception: typeof exception === 'string' ? exception : undefined,
    text:
      [details, message].find((text) => typeof text === 'string' && text !== '')?.replace(/\s+/g, ' ') ?? '',
  };
};

const isNotLeader = ({ exception }: Answer): boolean => exception === 'not-leader';

/** Failures without an answer from the server (a closed channel, a broken connection) are transient too. */
export const isPassing = (error: unknown): boolean => {
  const answer = answerOf(error);
  if (isNotLeader(answer) || answer.code === undefined) return answer.exception !== 'wrong-expected-version';
  return PASSING.has(answer.code) && refusedTls(answer.text) === undefined;
};

/** What the server answers for a position inside a record. */
export const isRefusedPosition = (error: unknown): boolean => {
  const { code } = answerOf(isCodedError(error) ? error.cause : error);
  return code === GRPC.UNKNOWN || code === GRPC.INVALID_ARGUMENT;
};

const refusal = ({ code, text }: Answer, at: string, cause: unknown): CodedError | undefined => {
  if (code === GRPC.UNAUTHENTICATED)
    return new CodedError(
      'STORE_LOGIN_REFUSED',
      `The event store at ${at} refused the user or the password in EVENTSTORE_URL.`,
      { cause },
    );
  if (code === GRPC.PERMISSION_DENIED)
    return new CodedError(
      'STORE_ACCESS_DENIED',
      `The event store at ${at} refused the user in EVENTSTORE_URL access: ${text}.`,
      { cause },
    );
  const tls = refusedTls(text);
  if (tls === undefined) return undefined;
  return new CodedError('STORE_TLS_FAILED', `The event store at ${at}: ${tls}.`, { cause });
};

/** `at`: hosts and ports. The message is one line and has no password. */
export const toCoded = (error: unknown, at: string): CodedError => {
  if (isCodedError(error)) return error;
  const answer = answerOf(error);
  if (answer.exception === 'wrong-expected-version')
    return new CodedError('REVISION_CONFLICT', 'Something else appended to the stream.', { cause: error });
  if (answer.exception === 'stream-deleted')
    return new CodedError(
      'STREAM_TRUNCATED',
      'A stream of Chainkeep was deleted for good in the event store.',
      {
        cause: error,
      },
    );
  const refused = refusal(answer, at, error);
  if (refused) return refused;
  const why =
    answer.code === GRPC.UNIMPLEMENTED ? 'it does not speak the protocol of EventStoreDB' : answer.text;
  return new CodedError('STORE_UNAVAILABLE', `The event store at ${at} did not answer: ${why}.`, {
    cause: error,
    context: { eventStoreDb: answer.exception ?? answer.code ?? 'link' },
  });
};

/** The server refuses an append as a whole when it is too large, and nothing else of it. */
export const toCodedAppend = (error: unknown, at: string): CodedError => {
  const { code } = answerOf(isCodedError(error) ? error.cause : error);
  if (code !== GRPC.INVALID_ARGUMENT) return toCoded(error, at);
  return new CodedError('EVENT_TOO_LARGE', 'The append is larger than the event store accepts.', {
    cause: error,
  });
};
