// Node finds this name in the default export only.
import {
  ConfigResourceTypes,
  type Admin,
  type ITopicConfig,
  createKafka,
  toBusError,
} from './kafka-client.js';
import { backoffDelayMs, CodedError, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import { DELIVERY_POLICY } from '../delivery-policy.js';
import type { KafkaSettings } from './kafka-settings.js';
import { deadLetterTopic, kafkaNames } from './topics.js';

const DAY_MS = 86_400_000;
const SEGMENT_MS = 600_000;
/** An event has at most 1 MiB; its headers come on top. */
const MESSAGE_BYTES_MAX = 2 * 1024 * 1024;
const KEEP_DAYS = { events: 30, requests: 7, letters: 90 };

type TopicPlan = Readonly<{ topic: string; partitions: number; config: Readonly<Record<string, string>> }>;

const kept = (days: number) => ({
  'cleanup.policy': 'delete',
  'retention.ms': String(days * DAY_MS),
  'max.message.bytes': String(MESSAGE_BYTES_MAX),
});

/** Every topic of the product as this installation wants it. The store keeps events for ever; topics need not. */
export const planTopics = (partitions: number, prefix?: string): readonly TopicPlan[] => {
  const { topics } = kafkaNames(prefix);
  const shared = [
    { topic: topics.events, partitions, config: kept(KEEP_DAYS.events) },
    { topic: topics.deliveries, partitions, config: kept(KEEP_DAYS.events) },
    { topic: topics.requests, partitions, config: kept(KEEP_DAYS.requests) },
  ];
  const letters = shared.map(({ topic }) => ({
    topic: deadLetterTopic(topic),
    partitions: 1,
    config: kept(KEEP_DAYS.letters),
  }));
  const compacted = {
    'cleanup.policy': 'compact',
    'segment.ms': String(SEGMENT_MS),
    'min.cleanable.dirty.ratio': '0.1',
  };
  return [...shared, ...letters, { topic: topics.relay, partitions: 1, config: compacted }];
};

/** What must be as planned: order (partitions) and not losing the checkpoint (cleanup). Times and sizes are the operator's. */
const differencesOf = (
  { topic, partitions, config }: TopicPlan,
  found: Readonly<{ partitions: number; cleanup: string }>,
): readonly string[] => [
  ...(found.partitions === partitions
    ? []
    : [`${topic} has ${found.partitions} partitions instead of ${partitions}`]),
  ...(found.cleanup === config['cleanup.policy']
    ? []
    : [`${topic} has cleanup.policy ${found.cleanup} instead of ${config['cleanup.policy'] ?? ''}`]),
];

const checkTopics = async (admin: Admin, plans: readonly TopicPlan[]): Promise<void> => {
  const names = plans.map(({ topic }) => topic);
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: ['cleanup.policy'],
    })),
  });
  const differences = plans.flatMap((plan) => {
    const partitions = topics.find(({ name }) => name === plan.topic)?.partitions.length ?? 0;
    const described = resources.find(({ resourceName }) => resourceName === plan.topic);
    const cleanup = described?.configEntries[0]?.configValue ?? '';
    return differencesOf(plan, { partitions, cleanup });
  });
  if (differences.length > 0) throw new CodedError('BUS_TOPIC_DIFFERS', `${differences.join('; ')}.`);
};

const toTopicConfig = (plan: TopicPlan, replicationFactor: number): ITopicConfig => ({
  topic: plan.topic,
  numPartitions: plan.partitions,
  replicationFactor,
  configEntries: Object.entries(plan.config).map(([name, value]) => ({ name, value })),
});

const ensureOnce = async (settings: KafkaSettings, log: BusLog): Promise<void> => {
  const admin = createKafka(settings, log).admin();
  try {
    await admin.connect();
    const plans = planTopics(settings.partitions, settings.prefix);
    const present = new Set(await admin.listTopics());
    const missing = plans.filter(({ topic }) => !present.has(topic));
    if (missing.length > 0) {
      await admin.createTopics({
        waitForLeaders: true,
        topics: missing.map((plan) => toTopicConfig(plan, settings.replicationFactor)),
      });
    }
    await checkTopics(admin, plans);
  } catch (error) {
    throw toBusError(error, 'making and checking the topics');
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

/**
 * Makes the topics that are missing and checks those that are there, at the start of a process. Waits for the brokers
 * as long as it takes; BUS_TOPIC_DIFFERS names what differs, BUS_DENIED what is not allowed.
 */
export const ensureTopics = async (
  settings: KafkaSettings,
  { clock, log }: Readonly<{ clock: Clock; log: BusLog }>,
  signal?: AbortSignal,
): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ensureOnce(settings, log);
      return;
    } catch (error) {
      const busError = toBusError(error, 'making and checking the topics');
      if (!busError.retryable) throw busError;
      log.warn('The topics cannot be created or checked yet.', { attempt, error: busError });
      const { retryable } = DELIVERY_POLICY;
      await clock.sleep(backoffDelayMs(retryable, attempt, Math.random()) ?? retryable.delayMaxMs, signal);
    }
  }
};
