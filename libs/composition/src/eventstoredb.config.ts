import { z } from 'zod';
import { parseEventStoreUrl } from '#libs/event-store';
import { toCodedError } from '#libs/kernel';

/** EventStoreDB or KurrentDB, and what our streams are called there. */
export type EventStoreDbLocation = Readonly<{ url: string; prefix: string }>;

/** What services and the command line read alike. An empty EVENTSTORE_PREFIX means none, as version 0.1 wrote. */
export const eventStoreVariables = {
  EVENTSTORE_URL: z.string().optional(),
  EVENTSTORE_PREFIX: z
    .string()
    .regex(/^[a-z0-9]*$/, 'only a-z and 0-9 are allowed')
    .default('chainkeep'),
};

/** For a process that needs the store: refuses a URL that could not be opened, in words. */
export const checkedEventStoreUrl = eventStoreVariables.EVENTSTORE_URL.superRefine((url, context) => {
  try {
    if (url !== undefined) parseEventStoreUrl(url);
  } catch (error) {
    context.addIssue(toCodedError(error).message.replace(/^EVENTSTORE_URL: (.*)\.$/, '$1'));
  }
});

/** `undefined`: the events are elsewhere. */
export const toEventStoreLocation = (
  variables: z.output<z.ZodObject<typeof eventStoreVariables>>,
): EventStoreDbLocation | undefined => {
  const { EVENTSTORE_URL: url, EVENTSTORE_PREFIX: prefix } = variables;
  return url === undefined ? undefined : { url, prefix };
};
