import { CodedError, type ErrorCode, type ErrorContext } from '#libs/kernel';

/** What an error says of the node it speaks of: its id and its URL without secrets. */
export type NodeLabel = Readonly<{ id: string; url: string }>;

type FailureOptions = Readonly<{ context?: ErrorContext; cause?: unknown }>;

/** A coded error that names the node. */
export const nodeError = (
  code: ErrorCode,
  label: NodeLabel,
  what: string,
  options: FailureOptions = {},
): CodedError =>
  new CodedError(code, `Node ${label.id} (${label.url}) ${what}.`, {
    context: { node: label.id, url: label.url, ...options.context },
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
