import type { IncomingHttpHeaders } from 'node:http';

import { hasCode, isCodedError, type CodedError, type ErrorCode } from '#libs/kernel';

import { describeEndpoint } from '../endpoint.js';
import { nodeError, type NodeLabel } from './node-identity.js';
import { refusedText, refusesHost } from './refused-text.js';

const TLS_REFUSED = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/;

type Link = Readonly<{ code?: unknown; cause?: unknown; errors?: readonly unknown[] }>;

/** The `code` of a system error, looked for through causes and aggregates, at most five deep. */
const systemCode = (error: unknown): string | undefined => {
  let current = error;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause, errors } = current as Link;
    if (typeof code === 'string' && code !== '') return code;
    current = errors?.[0] ?? cause;
  }
  return undefined;
};

/**
 * What went wrong below JSON-RPC as a coded error. The text of the cause is left out on purpose (it may
 * quote headers); its system code is kept.
 */
export const toTransportError = (label: NodeLabel, error: unknown): CodedError => {
  if (isCodedError(error)) return error;
  const code = systemCode(error) ?? 'no code';
  if (TLS_REFUSED.test(code)) {
    return nodeError('NODE_AUTH_FAILED', label, `refused the secure connection (${code})`, {
      context: { reason: code },
    });
  }
  return nodeError('NODE_UNREACHABLE', label, `cannot be reached (${code})`, { context: { reason: code } });
};

/** The head of an HTTP answer that is needed to understand a refusal. */
export type HttpHead = Readonly<{ status: number; headers: IncomingHttpHeaders }>;

const CREDENTIALS = new Set([401, 403, 407]);
const BUSY = new Set([429, 503]);
/** With these statuses the status says more than an RPC error in the body. */
const isDecisive = (status: number): boolean =>
  CREDENTIALS.has(status) || BUSY.has(status) || status === 413 || (status >= 300 && status < 400);

/** Is the body an answer of JSON-RPC, whatever the status? */
const isRpcAnswer = (body: Uint8Array): boolean =>
  /^\s*[[{]/.test(Buffer.from(body.subarray(0, 64)).toString('latin1')) &&
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"jsonrpc"');

/**
 * The failure that an HTTP answer stands for, with the words of whoever refused; `undefined` when its body should be
 * read as an answer. The context has `status`, and `retryAfterMs` where the answer says when to ask again.
 */
export const statusError = (
  label: NodeLabel,
  { status, headers }: HttpHead,
  body: Uint8Array,
): CodedError | undefined => {
  if (status < 300 || (!isDecisive(status) && isRpcAnswer(body))) return undefined;
  const text = refusedText(body);
  const said = text === '' ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
  const context = { status, retryAfterMs: retryAfterMs(headers) };
  const fail = (code: ErrorCode, what: string): CodedError => nodeError(code, label, what, { context });
  if (status < 400) return fail('NODE_ANSWER_INVALID', `redirects elsewhere (${said}${whereTo(headers)})`);
  if (CREDENTIALS.has(status) && refusesHost(text)) {
    return fail('NODE_HOST_REFUSED', `does not accept the host name in its URL (${said})`);
  }
  const [code, what] = meaningOf(context);
  return fail(code, `${what} (${said})`);
};

const meaningOf = ({
  status,
  retryAfterMs,
}: Readonly<{ status: number; retryAfterMs: number | undefined }>): readonly [ErrorCode, string] => {
  if (CREDENTIALS.has(status)) return ['NODE_AUTH_FAILED', 'refused the request'];
  if (status === 413) return ['NODE_ANSWER_TOO_LARGE', 'finds the request too large'];
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    return ['NODE_RATE_LIMITED', 'limits how often it may be asked'];
  }
  if (status === 408 || status >= 500) return ['NODE_UNREACHABLE', 'is not serving'];
  return ['NODE_ANSWER_INVALID', 'does not answer JSON-RPC under this URL'];
};

/** Where a redirect leads, without what may be secret in it. */
const whereTo = ({ location }: IncomingHttpHeaders): string =>
  location === undefined || !URL.canParse(location) ? '' : `, to ${describeEndpoint({ url: location })}`;

/** `Retry-After` in ms, in either of its forms; a date is compared with the answer's own. */
const retryAfterMs = ({ 'retry-after': after, date }: IncomingHttpHeaders): number | undefined => {
  if (after === undefined) return undefined;
  if (/^\d{1,6}$/.test(after)) return Number(after) * 1000;
  const ms = Date.parse(after) - Date.parse(date ?? '');
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};

/** Why a connection ended before the answer came. */
const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'closed']);

/** Did the other side close the connection without an answer? Then nothing says that the node is at fault. */
export const wasClosed = (error: unknown): boolean =>
  hasCode(error, 'NODE_UNREACHABLE') && CLOSED.has(String(error.context['reason']));

/** The failure of a request whose connection was closed before its answer came. */
export const closedError = (label: NodeLabel): CodedError =>
  nodeError('NODE_UNREACHABLE', label, 'closed the connection', { context: { reason: 'closed' } });
