import type { EventStore } from '#libs/event-sourcing';
import type { ReadModelStore } from '#libs/event-store';
import { CodedError, toCodedError, type Clock, type ErrorCode } from '#libs/kernel';

const ANSWER_MS = 3_000;

/** Where the stores are, as a reader of an error should see it: hosts and ports, never a password. */
export type StoreHosts = Readonly<{ events: string; readModels: string }>;

export type StoreOutageParts = Readonly<{
  clock: Clock;
  readModels: ReadModelStore;
  store: EventStore;
  hosts?: StoreHosts | undefined;
}>;

/** A failure without a code is the store's all the same: nothing else was asked. */
const codeOf = (code: ErrorCode): ErrorCode => (code === 'INTERNAL' ? 'STORE_UNAVAILABLE' : code);

const coded = (failure: unknown, host: string | undefined): CodedError => {
  const { code, message, context } = toCodedError(failure);
  return new CodedError(codeOf(code), message, { context: { ...context, host }, cause: failure });
};

/** The failure of one store, also when it has not answered in time. */
const failureOf = async (
  asked: Promise<unknown>,
  host: string | undefined,
  clock: Clock,
): Promise<CodedError | undefined> => {
  const answered = new AbortController();
  const late = clock.sleep(ANSWER_MS, answered.signal).then(
    () => coded(new CodedError('STORE_UNAVAILABLE', `No answer within ${ANSWER_MS / 1_000} s.`), host),
    () => undefined,
  );
  const failure = await Promise.race([
    asked.then(
      () => undefined,
      (error: unknown) => coded(error, host),
    ),
    late,
  ]);
  answered.abort();
  return failure;
};

/** What keeps the stores of a process from answering within 3 s; `undefined` when they answer. Never rejects. */
export const storeOutage = async ({
  clock,
  readModels,
  store,
  hosts,
}: StoreOutageParts): Promise<CodedError | undefined> => {
  const [events, tables] = await Promise.all([
    failureOf(store.head(), hosts?.events, clock),
    failureOf(readModels.active('catalogue'), hosts?.readModels, clock),
  ]);
  return events ?? tables;
};
