import type { KafkaMessage } from './kafka-client.js';

/** One record of a topic, with headers as text. */
export type TopicRecord = Readonly<{
  topic: string;
  partition: number;
  offset: bigint;
  key: string;
  value: Buffer | null;
  headers: Readonly<Record<string, string>>;
}>;

const textOf = (value: Buffer | string): string =>
  typeof value === 'string' ? value : value.toString('utf8');

/** Never throws: whatever bytes stand in a topic become a record. Of a header given twice the last counts. */
export const toRecord = (topic: string, partition: number, message: KafkaMessage): TopicRecord => {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) headers[name] = textOf(last);
  }
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString('utf8') ?? '',
    value: message.value,
    headers,
  };
};
