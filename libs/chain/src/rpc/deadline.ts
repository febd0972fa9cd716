import { nodeError, type NodeLabel } from './node-identity.js';
import type { SendOptions } from './rpc-transport.js';

const TIMED_OUT = Symbol('timed out');

type Limits = Pick<SendOptions, 'timeoutMs' | 'signal'>;

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or with the caller's signal.
 * Throws `NODE_TIMEOUT` in the first case and the caller's reason in the second, whatever `work` threw then.
 */
export const withDeadline = async <T>(
  label: NodeLabel,
  { timeoutMs, signal }: Limits,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(TIMED_OUT);
  }, timeoutMs);
  const onAbort = (): void => {
    controller.abort();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(controller.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (controller.signal.reason === TIMED_OUT) {
      throw nodeError('NODE_TIMEOUT', label, `gave no answer within ${timeoutMs} ms`, { cause: error });
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
};
