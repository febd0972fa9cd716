import type { CodedError, ErrorCode, ErrorContext } from '#libs/kernel';

import { nodeError, type NodeLabel } from './node-identity.js';
import { printable, speaksOfRate } from './refused-text.js';

/** The error object of a JSON-RPC answer. */
export type RpcErrorObject = Readonly<{ code: number; message: string }>;

const METHOD_MISSING = new Set([-32601, -32604]);
const ANSWER_TOO_LARGE = -32003;
/** Limit exceeded: of items (Besu), of bytes, or of requests in a while (gateways); only the message tells which. */
const LIMIT_EXCEEDED = -32005;
/** Besu: the token is expired or foreign, or does not include the method. */
const UNAUTHORIZED = -40100;
const MESSAGE_CHARS_MAX = 300;

/** A copy: a slice of a huge text would hold all of it. */
const shortened = (text: string): string =>
  text.length <= MESSAGE_CHARS_MAX ? text : Buffer.from(text.slice(0, MESSAGE_CHARS_MAX)).toString();

/** Reads an error object; `undefined` when the value isn't one. */
export const parseRpcError = (value: unknown): RpcErrorObject | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message } = value as { code?: unknown; message?: unknown };
  if (typeof code !== 'number') return undefined;
  return { code, message: typeof message === 'string' ? shortened(message) : '' };
};

/** Does the error say that one asks too often, so that the same question passes later? */
export const isRateLimit = ({ code, message }: RpcErrorObject): boolean =>
  code === 429 || speaksOfRate(message);

/** Is it the bytes of the answer, not the number of items? */
export const isAnswerTooLarge = ({ code }: RpcErrorObject): boolean => code === ANSWER_TOO_LARGE;

/** Did this item only fall victim to the size of the batch or of its answer? */
export const isItemOverLimit = (error: RpcErrorObject): boolean =>
  isAnswerTooLarge(error) || error.code === LIMIT_EXCEEDED;

/** The error a node answered a call with, as a coded one that names node, method and the group to enable. */
export const toRpcError = (label: NodeLabel, method: string, error: RpcErrorObject): CodedError => {
  const context = { method, rpcCode: error.code };
  if (METHOD_MISSING.has(error.code)) return methodMissing(label, method, context);
  return nodeError(
    codeOf(error),
    label,
    `answers ${method} with error ${error.code}: ${printable(error.message, MESSAGE_CHARS_MAX)}`,
    { context },
  );
};

const codeOf = (error: RpcErrorObject): ErrorCode => {
  if (error.code === UNAUTHORIZED) return 'NODE_AUTH_FAILED';
  if (isRateLimit(error)) return 'NODE_RATE_LIMITED';
  return isItemOverLimit(error) ? 'NODE_ANSWER_TOO_LARGE' : 'NODE_RPC_ERROR';
};

/** The failure of a method that the node, or a filter in front of it, does not offer. */
export const methodMissing = (
  label: NodeLabel,
  method: string,
  { refusal, ...context }: ErrorContext & Readonly<{ refusal?: string }>,
): CodedError => {
  const group = method.split('_')[0] ?? method;
  const what =
    refusal === undefined
      ? `does not offer ${method}: enable its API group "${group}"`
      : `does not let ${method} pass, but answers others: ${refusal}`;
  return nodeError('NODE_METHOD_MISSING', label, what, { context: { ...context, method, group } });
};
