import { isCodedError, type CodedError } from '#libs/kernel';

import { nodeError, type NodeLabel } from './node-identity.js';

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

/** The failure for an HTTP status; `undefined` when the body should be read as an answer. */
export const statusError = (label: NodeLabel, status: number): CodedError | undefined => {
  const context = { status };
  if (status === 401 || status === 403 || status === 407) {
    return nodeError('NODE_AUTH_FAILED', label, `refused the credentials (HTTP ${status})`, { context });
  }
  if (status === 413) {
    return nodeError('NODE_ANSWER_TOO_LARGE', label, 'finds the request too large (HTTP 413)', { context });
  }
  if (status === 408 || status === 429 || status >= 500) {
    return nodeError('NODE_UNREACHABLE', label, `is not serving (HTTP ${status})`, { context });
  }
  if (status >= 300 && status < 400) {
    return nodeError('NODE_ANSWER_INVALID', label, `redirects elsewhere (HTTP ${status})`, { context });
  }
  return undefined;
};
