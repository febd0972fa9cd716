import type { CodedError } from '#libs/kernel';

import { nodeError, type NodeLabel } from './node-identity.js';

/** The error object of a JSON-RPC answer. */
export type RpcErrorObject = Readonly<{ code: number; message: string }>;

const METHOD_MISSING = new Set([-32601, -32604]);
const TOO_LARGE = new Set([-32003]);
/** -32005: limit exceeded (Besu: too many items). -32600 on a whole batch: geth's item limit. */
const BATCH_REFUSED = new Set([-32005, -32600]);
const MESSAGE_CHARS_MAX = 300;

/** Reads an error object; `undefined` when the value isn't one. */
export const parseRpcError = (value: unknown): RpcErrorObject | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message } = value as { code?: unknown; message?: unknown };
  if (typeof code !== 'number') return undefined;
  return { code, message: typeof message === 'string' ? message : '' };
};

/** Does the node refuse the size of the whole batch (so that half of it may pass)? */
export const isBatchRefusal = ({ code, message }: RpcErrorObject): boolean =>
  BATCH_REFUSED.has(code) || TOO_LARGE.has(code) || /batch|too (large|many|big)/i.test(message);

/** Did this item only fall victim to the size of the batch's answer? */
export const isItemOverLimit = ({ code }: RpcErrorObject): boolean =>
  isAnswerTooLarge({ code }) || code === -32005;

/** Is it the bytes of the answer, not the number of items? */
export const isAnswerTooLarge = ({ code }: Pick<RpcErrorObject, 'code'>): boolean => TOO_LARGE.has(code);

/** The error a node answered a call with, as a coded one that names node, method and the group to enable. */
export const toRpcError = (label: NodeLabel, method: string, error: RpcErrorObject): CodedError => {
  const context = { method, rpcCode: error.code };
  if (METHOD_MISSING.has(error.code)) {
    const group = method.split('_')[0] ?? method;
    return nodeError(
      'NODE_METHOD_MISSING',
      label,
      `does not offer ${method}: enable its API group "${group}"`,
      { context: { ...context, group } },
    );
  }
  const code = isItemOverLimit(error) ? 'NODE_ANSWER_TOO_LARGE' : 'NODE_RPC_ERROR';
  return nodeError(code, label, `answers ${method} with error ${error.code}: ${printable(error.message)}`, {
    context,
  });
};

/** Without control characters: a node's text must not steer a terminal. */
const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, MESSAGE_CHARS_MAX);
