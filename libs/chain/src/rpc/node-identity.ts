import { CodedError, type ErrorCode, type ErrorContext } from '#libs/kernel';

/** What an error says of the node it speaks of: its id and its URL without secrets. */
export type NodeLabel = Readonly<{ id: string; url: string }>;

type FailureOptions = Readonly<{ context?: ErrorContext; cause?: unknown }>;

/** A node chooses part of what is said of it: no more than this goes into messages and documents. */
const WHAT_CHARS_MAX = 1_000;

/** A coded error that names the node. */
export const nodeError = (
  code: ErrorCode,
  label: NodeLabel,
  what: string,
  options: FailureOptions = {},
): CodedError =>
  new CodedError(code, `Node ${label.id} (${label.url}) ${what.slice(0, WHAT_CHARS_MAX)}.`, {
    context: { node: label.id, url: label.url, ...options.context },
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
