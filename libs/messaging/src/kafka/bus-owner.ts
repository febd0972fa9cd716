import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { CodedError, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import { createKafka, KAFKA_RETRY, Partitioners, toBusError, type Consumer } from './kafka-client.js';
import type { KafkaSettings } from './kafka-settings.js';
import { kafkaNames } from './topics.js';

/** The record of the relay's topic that says whose the topics are. The first one counts. */
export const ownerSchema = z.object({ installation: z.string().min(1) });

export type BusOwnerParts = Readonly<{ installation: string; clock: Clock; log: BusLog }>;

/** After the last record of a topic come markers of transactions that no consumer is shown. */
const SILENCE_MS = 3_000;
const READ_MS = 60_000;

type Reading = Readonly<{ consumer: Consumer; end: bigint; clock: Clock }>;

const installationIn = (value: Buffer | null): string | undefined => {
  try {
    return ownerSchema.safeParse(JSON.parse(value?.toString('utf8') ?? '')).data?.installation;
  } catch {
    return undefined;
  }
};

/**
 * The first owner that the relay's topic names, `undefined` when it names none. In topics of this version it is the
 * first record; those of 0.1 are read through.
 */
const readOwner = async ({ consumer, end, clock }: Reading): Promise<string | undefined> => {
  const done = new AbortController();
  let silentSince = clock.monotonicMs() + READ_MS;
  const found = new Promise<string | undefined>((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        const owners = batch.messages.map(({ value }) => installationIn(value));
        const owner = owners.find((each) => each !== undefined);
        if (owner !== undefined || BigInt(batch.lastOffset()) >= end - 1n) resolve(owner);
        silentSince = clock.monotonicMs();
        return Promise.resolve();
      },
    });
  });
  const silence = async (): Promise<undefined> => {
    while (clock.monotonicMs() < silentSince + SILENCE_MS) await clock.sleep(100, done.signal);
    return undefined;
  };
  const silent = silence();
  silent.catch(() => undefined);
  try {
    return await Promise.race([found, silent]);
  } finally {
    done.abort();
  }
};

const ownerOf = async (
  settings: KafkaSettings,
  { clock, log }: BusOwnerParts,
): Promise<string | undefined> => {
  const { topics, groupOf } = kafkaNames(settings.prefix);
  const kafka = createKafka(settings, log);
  const admin = kafka.admin();
  await admin.connect();
  const [offsets] = await admin.fetchTopicOffsets(topics.relay).finally(() => admin.disconnect());
  if (offsets === undefined || offsets.high === offsets.low) return undefined;
  const consumer = kafka.consumer({
    groupId: groupOf(`owner-${randomUUID()}`),
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    retry: KAFKA_RETRY,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topics.relay], fromBeginning: true });
    return await readOwner({ consumer, end: BigInt(offsets.high), clock });
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
};

const nameOwner = async (settings: KafkaSettings, { installation, log }: BusOwnerParts): Promise<void> => {
  const producer = createKafka(settings, log).producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: KAFKA_RETRY,
  });
  await producer.connect();
  try {
    // A key of its own: compaction keeps it.
    const record = { key: `owner-${installation}`, value: JSON.stringify({ installation }), partition: 0 };
    const { topics } = kafkaNames(settings.prefix);
    await producer.send({ topic: topics.relay, messages: [record], acks: -1 });
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
};

/**
 * Makes the topics under the prefix this installation's, or finds that they are. BUS_FOREIGN when they are another's:
 * then nothing was published and nothing consumed. Of two that begin at the same moment the first in the log wins.
 */
export const claimTopics = async (settings: KafkaSettings, parts: BusOwnerParts): Promise<void> => {
  try {
    if ((await ownerOf(settings, parts)) === undefined) await nameOwner(settings, parts);
    const owner = await ownerOf(settings, parts);
    if (owner === parts.installation) return;
    const { topics } = kafkaNames(settings.prefix);
    throw new CodedError(
      'BUS_FOREIGN',
      `The topics with the prefix "${settings.prefix}" on ${settings.brokers.join(', ')} belong to installation ${owner ?? 'unknown'}; this is installation ${parts.installation}.`,
      { context: { topic: topics.relay, owner, installation: parts.installation } },
    );
  } catch (error) {
    throw toBusError(error, 'reading whose the topics are');
  }
};
