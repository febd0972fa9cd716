import type { EventStore } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { CodedError, toCodedError, type Clock } from '#libs/kernel';

const ANSWER_MS = 3_000;

/** A failure without a code is the store's all the same: nothing else was asked. */
const coded = (error: unknown): CodedError => {
  const { code, message } = toCodedError(error);
  return code === 'INTERNAL'
    ? new CodedError('STORE_UNAVAILABLE', message, { cause: error })
    : toCodedError(error);
};

/** What keeps the stores of a process from answering within 3 s; `undefined` when they answer. Never rejects. */
export const storeOutage = async ({
  clock,
  readModels,
  store,
}: Readonly<{ clock: Clock; readModels: ReadModelStore; store: EventStore }>): Promise<
  CodedError | undefined
> => {
  const answered = new AbortController();
  const late = clock.sleep(ANSWER_MS, answered.signal).then(
    () => new CodedError('STORE_UNAVAILABLE', `The stores did not answer within ${ANSWER_MS / 1_000} s.`),
    () => undefined,
  );
  const asked = Promise.all([store.head(), readModels.active('catalogue')]).then(() => undefined, coded);
  const outage = await Promise.race([asked, late]);
  answered.abort();
  return outage;
};
