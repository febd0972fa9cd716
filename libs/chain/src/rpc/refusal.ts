import type { CodedError } from '#libs/kernel';

import { wasClosed } from './transport-errors.js';

/** Statuses of a front end whose node is away for a moment. */
const AWAY = new Set([408, 502, 503, 504]);
/** Besu: limit exceeded. For a single call it cannot mean the size. */
const LIMIT_EXCEEDED = -32005;

const statusOf = ({ context }: CodedError): number | undefined =>
  typeof context['status'] === 'number' ? context['status'] : undefined;

/** May the same question pass when it is asked again? `turn` counts from 1. */
export const mayPassLater = (refusal: CodedError, turn: number, items: number): boolean => {
  if (refusal.code === 'NODE_RATE_LIMITED') return true;
  if (turn > 1) return false;
  if (refusal.code === 'NODE_ANSWER_INVALID') return refusal.context['isBatch'] === true;
  const status = statusOf(refusal) ?? 0;
  return refusal.code === 'NODE_UNREACHABLE' && (items === 1 ? status >= 400 : AWAY.has(status));
};

/** May the question pass in smaller parts? Not where nothing is served at all, or where the answer is malformed. */
export const mayPassInParts = (refusal: CodedError): boolean => {
  const { code, context } = refusal;
  if (code === 'NODE_HOST_REFUSED') return false;
  if (code === 'NODE_AUTH_FAILED') return statusOf(refusal) !== undefined || 'rpcCode' in context;
  if (code === 'NODE_UNREACHABLE') return statusOf(refusal) !== undefined || wasClosed(refusal);
  return code !== 'NODE_ANSWER_INVALID' || (context['isBatch'] !== true && !isRedirect(statusOf(refusal)));
};

const isRedirect = (status: number | undefined): boolean => status !== undefined && status < 400;

/** May it be the method that is refused, not the node's credentials or its URL? */
export const isRefusedQuestion = (refusal: CodedError, method: string): boolean => {
  const status = statusOf(refusal);
  if (refusal.code === 'NODE_AUTH_FAILED') return status !== undefined || 'rpcCode' in refusal.context;
  const isNeeded = method.startsWith('eth_');
  if (refusal.code === 'NODE_UNREACHABLE') {
    return status === 500 || status === 501 || (wasClosed(refusal) && !isNeeded);
  }
  if (refusal.code !== 'NODE_ANSWER_INVALID' || isRedirect(status)) return false;
  // A page with status 200 where an answer is due: only what is not needed of every node may go without.
  return status !== undefined || !isNeeded;
};

/** Errors that speak of the question itself: asking again gives the same. */
const LASTING = new Set([-32700, -32600, -32602]);

/** Is it an item's error that may be gone when it is asked again? */
export const isPassing = (error: CodedError): boolean =>
  error.code === 'NODE_RPC_ERROR' && !LASTING.has(Number(error.context['rpcCode']));

/** Is it a limit that a single call met, so that only waiting can help? */
export const isLimitOfOne = (error: CodedError): boolean =>
  error.code === 'NODE_ANSWER_TOO_LARGE' && error.context['rpcCode'] === LIMIT_EXCEEDED;
