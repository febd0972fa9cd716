import type { EachBatchPayload, Message } from './kafka-client.js';
import { z } from 'zod';
import { BEFORE_ALL, type Checkpoint } from '#libs/event-sourcing';
import { CodedError, type Clock } from '#libs/kernel';
import type { BusLog } from '../bus-log.js';
import type { KafkaSettings } from './kafka-settings.js';
import { SupervisedConsumer } from './supervised-consumer.js';
import type { Trail } from '../relay-trail.js';
import { kafkaNames } from './topics.js';
import { ownerSchema } from './bus-owner.js';

const PARTITION = 0;
const COMMIT_EVERY_CHECKPOINTS = 20;
const SEEN_TIMEOUT_MS = 30_000;

const decimal = z.string().regex(/^-?\d{1,20}$/);
const markSchema = z.object({ published: z.number(), stream: z.string(), revision: decimal, id: z.string() });
/** Version 0.1 writes the position alone, and reads nothing else. */
const checkpointSchema = z.object({
  position: decimal,
  event: z.object({ stream: z.string(), revision: decimal, id: z.string() }).exactOptional(),
  trail: z.array(markSchema).exactOptional(),
});
const entrySchema = z.union([checkpointSchema, z.object({ term: z.string() }), ownerSchema]);

/** Where relaying has got to, and which events were published before. */
export type Relayed = Readonly<{ checkpoint: Checkpoint; trail: Trail }>;

const NOTHING: Relayed = { checkpoint: BEFORE_ALL, trail: [] };

type Seen = Relayed & Readonly<{ offset: bigint }>;

/** The record that says how far the relay has got. */
export const checkpointRecord = ({ checkpoint: { position, event }, trail }: Relayed): Message => ({
  key: 'checkpoint',
  value: JSON.stringify({
    position: position.toString(),
    ...(event === undefined ? {} : { event: { ...event, revision: event.revision.toString() } }),
    trail: trail.map(({ published, event: { stream, revision, id } }) => ({
      ...{ published, stream, id },
      revision: revision.toString(),
    })),
  }),
  partition: PARTITION,
});

/** The record by which a relay that took over finds the end of what others wrote. */
export const termRecord = (term: string): Message => ({
  key: 'term',
  value: JSON.stringify({ term }),
  partition: PARTITION,
});

/**
 * The topic of one partition that says who relays and how far relaying has got. Whoever Kafka gives the partition to is
 * the active relay. Read committed, and the group's offset never passes the newest checkpoint: a new owner begins at
 * that or an older one and reads on to the record it wrote itself.
 */
export class RelayLog {
  private readonly member: SupervisedConsumer;
  private readonly topic: string;
  private currentTurn = new AbortController();
  private owned = false;
  private waitingForTurn = new Set<() => void>();
  private waitingForTerm = new Map<string, (relayed: Relayed) => void>();
  private newest: Seen | undefined;
  private committed = -1n;
  private sinceCommit = 0;

  constructor(private readonly parts: Readonly<{ kafka: KafkaSettings; clock: Clock; log: BusLog }>) {
    const { topics, groupOf } = kafkaNames(parts.kafka.prefix);
    this.topic = topics.relay;
    this.member = new SupervisedConsumer({
      ...parts,
      groupId: groupOf('relay'),
      topics: [topics.relay],
      concurrency: 1,
      onAssigned: (assignment) => {
        this.assigned(assignment[this.topic]?.includes(PARTITION) ?? false);
      },
      eachBatch: (payload) => this.read(payload),
    });
  }

  start(): void {
    this.member.start();
  }

  async stop(): Promise<void> {
    await this.member.stop();
  }

  /** Resolves with a signal that aborts when the turn is over; rejects when `signal` aborts first. */
  async turn(signal: AbortSignal): Promise<AbortSignal> {
    while (!this.owned) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.waitingForTurn.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.waitingForTurn.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    }
    return this.currentTurn.signal;
  }

  /** The newest checkpoint, with its trail, before the record of a term, once that was read. BUS_UNAVAILABLE when it is not in time. */
  async checkpointBefore(term: string, signal: AbortSignal): Promise<Relayed> {
    const { clock } = this.parts;
    const done = new AbortController();
    const late = clock.sleep(SEEN_TIMEOUT_MS, AbortSignal.any([signal, done.signal])).then(
      () => undefined,
      () => undefined,
    );
    try {
      const seen = new Promise<Relayed>((resolve) => this.waitingForTerm.set(term, resolve));
      const relayed = await Promise.race([seen, late]);
      if (relayed !== undefined) return relayed;
      throw new CodedError('BUS_UNAVAILABLE', 'The checkpoint of the relay was not read in time.');
    } finally {
      done.abort();
      this.waitingForTerm.delete(term);
    }
  }

  private assigned(owned: boolean): void {
    // Records since the group's offset come again after each join; what was read before no longer counts.
    this.newest = undefined;
    this.committed = -1n;
    this.owned = owned;
    this.currentTurn.abort();
    this.currentTurn = new AbortController();
    if (owned) for (const wake of [...this.waitingForTurn]) wake();
  }

  private async read(payload: EachBatchPayload): Promise<void> {
    for (const message of payload.batch.messages) {
      this.take(message.offset, message.value);
      payload.resolveOffset(message.offset);
    }
    await payload.heartbeat();
    await this.commit(payload);
  }

  private take(offset: string, value: Buffer | null): void {
    const entry = parseEntry(value);
    if (entry === undefined) {
      const { log } = this.parts;
      log.warn('Skipping a record in the relay topic that another program wrote.', { offset });
    } else if ('term' in entry) {
      this.waitingForTerm.get(entry.term)?.(this.newest ?? NOTHING);
    } else if ('position' in entry) {
      this.newest = { ...toRelayed(entry), offset: BigInt(offset) };
      this.sinceCommit += 1;
    }
  }

  private async commit(payload: EachBatchPayload): Promise<void> {
    const newest = this.newest;
    if (newest === undefined || newest.offset <= this.committed) return;
    if (this.sinceCommit < COMMIT_EVERY_CHECKPOINTS && this.committed >= 0n) return;
    const partitions = [{ partition: PARTITION, offset: newest.offset.toString() }];
    await payload.commitOffsetsIfNecessary({ topics: [{ topic: this.topic, partitions }] });
    this.committed = newest.offset;
    this.sinceCommit = 0;
  }
}

const toRelayed = ({ position, event, trail = [] }: z.output<typeof checkpointSchema>): Relayed => ({
  checkpoint: {
    position: BigInt(position),
    ...(event === undefined ? {} : { event: { ...event, revision: BigInt(event.revision) } }),
  },
  trail: trail.map(({ published, stream, revision, id }) => ({
    published,
    event: { stream, revision: BigInt(revision), id },
  })),
});

const parseEntry = (value: Buffer | null): z.output<typeof entrySchema> | undefined => {
  try {
    return entrySchema.safeParse(JSON.parse(value?.toString('utf8') ?? '')).data;
  } catch {
    return undefined;
  }
};
