import { toCodedError, type ErrorCode } from '#libs/kernel';
import type { ServicePorts } from './service-ports.js';

const ANSWER_MS = 3_000;

/** A failure without a code is the store's all the same: nothing else was asked. */
const codeOf = (code: ErrorCode): ErrorCode => (code === 'INTERNAL' ? 'STORE_UNAVAILABLE' : code);

/** The code of what keeps the stores from answering within 3 s, `undefined` when they answer. */
export const blockedByStore = async ({
  clock,
  readModels,
  store,
}: Pick<ServicePorts, 'clock' | 'readModels' | 'store'>): Promise<ErrorCode | undefined> => {
  const answered = new AbortController();
  const late = clock.sleep(ANSWER_MS, answered.signal).then(
    () => 'STORE_UNAVAILABLE' as const,
    () => undefined,
  );
  const asked = Promise.all([store.head(), readModels.active('catalogue')]).then(
    () => undefined,
    (error: unknown) => codeOf(toCodedError(error).code),
  );
  const blocked = await Promise.race([asked, late]);
  answered.abort();
  return blocked;
};
