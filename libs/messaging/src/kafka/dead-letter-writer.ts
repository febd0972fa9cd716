import {
  CompressionTypes,
  Partitioners,
  type Producer,
  createKafka,
  KAFKA_RETRY,
  toBusError,
} from './kafka-client.js';
import { toInstant, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import type { Failure } from '../event-delivery.js';
import type { KafkaSettings } from './kafka-settings.js';
import { deadLetterTopic } from './topics.js';
import type { TopicRecord } from './topic-record.js';

/** A longer value is cut off: Chainkeep writes no messages that large. */
const VALUE_BYTES_MAX = 512 * 1024;
const HEADER_LENGTH_MAX = 4_000;

/** Writes records that can't be handled, as they came, to `<topic>.dlq`, with the reason in headers `dlq_*`. */
export class DeadLetterWriter {
  private producer: Promise<Producer> | undefined;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly parts: Readonly<{ service: string; clock: Clock; log: BusLog }>,
  ) {}

  /** Durable when it resolves; BUS_UNAVAILABLE when it can't be written now. */
  async write(record: TopicRecord, failure: Failure): Promise<void> {
    const { value } = record;
    const cut = value !== null && value.length > VALUE_BYTES_MAX;
    const { service, clock } = this.parts;
    const reason: Record<string, string> = {
      dlq_code: failure.code,
      dlq_reason: failure.message.slice(0, HEADER_LENGTH_MAX),
      dlq_topic: record.topic,
      dlq_partition: String(record.partition),
      dlq_offset: record.offset.toString(),
      dlq_service: service,
      dlq_attempts: String(failure.attempts),
      dlq_at: toInstant(clock.nowMs()),
      ...(cut ? { dlq_cut_from_bytes: String(value.length) } : {}),
    };
    const headers = Object.fromEntries(
      Object.entries(record.headers).map(([name, text]) => [name, text.slice(0, HEADER_LENGTH_MAX)]),
    );
    const letter = {
      key: record.key,
      value: cut ? value.subarray(0, VALUE_BYTES_MAX) : value,
      headers: { ...headers, ...reason },
    };
    try {
      const producer = await this.connected();
      await producer.send({
        topic: deadLetterTopic(record.topic),
        messages: [letter],
        acks: -1,
        compression: CompressionTypes.None,
      });
    } catch (error) {
      throw toBusError(error, 'writing a dead letter');
    }
  }

  async close(): Promise<void> {
    const producer = await this.producer?.catch(() => undefined);
    await producer?.disconnect();
  }

  private connected(): Promise<Producer> {
    this.producer ??= this.connect();
    return this.producer;
  }

  private async connect(): Promise<Producer> {
    try {
      const producer = createKafka(this.settings, this.parts.log).producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        retry: KAFKA_RETRY,
      });
      await producer.connect();
      return producer;
    } catch (error) {
      this.producer = undefined;
      throw error;
    }
  }
}
