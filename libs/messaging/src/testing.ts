import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { CheckpointStore, DeadLetterSink, EventStore } from '#libs/event-sourcing';
import { LibsqlCheckpointStore } from '#libs/event-store/adapters/libsql.checkpoint-store';
import { LibsqlDeadLetterSink } from '#libs/event-store/adapters/libsql.dead-letter-sink';
import { LibsqlEventStore } from '#libs/event-store/adapters/libsql.event-store';
import { openLibsqlDatabase } from '#libs/event-store/adapters/libsql-database';
import { MemoryCheckpointStore } from '#libs/event-store/adapters/memory.checkpoint-store';
import { MemoryDeadLetterSink } from '#libs/event-store/adapters/memory.dead-letter-sink';
import { MemoryEventStore } from '#libs/event-store/adapters/memory.event-store';
import { SystemClock } from '#libs/runtime';
import { EmbeddedBusServer, type EmbeddedBusOptions } from './adapters/embedded-bus.server.js';
import { EventConsumer } from './event-consumer.decorator.js';
import type { EventMessage } from './event-message.js';

type Stores = Readonly<{
  store: EventStore;
  checkpoints: CheckpointStore;
  deadLetters: DeadLetterSink;
  close: () => Promise<void>;
}>;

const memoryStores = async (): Promise<Stores> => {
  const store = new MemoryEventStore();
  return {
    store,
    checkpoints: new MemoryCheckpointStore(),
    deadLetters: new MemoryDeadLetterSink(),
    close: () => store.close(),
  };
};

const libsqlStores = async (): Promise<Stores> => {
  const directory = await mkdtemp(join(tmpdir(), 'chainkeep-bus-'));
  const database = await openLibsqlDatabase(join(directory, 'chainkeep.db'));
  const store = new LibsqlEventStore(database);
  return {
    store,
    checkpoints: new LibsqlCheckpointStore(database),
    deadLetters: new LibsqlDeadLetterSink(database),
    close: async () => {
      await store.close();
      await database.close();
      await rm(directory, { recursive: true });
    },
  };
};

export const STORES: readonly [string, () => Promise<Stores>][] = [
  ['memory', memoryStores],
  ['libsql', libsqlStores],
];

/** Retries that take no time. */
export const QUICK_POLICY = {
  uncoded: { baseMs: 1, factor: 2, delayMaxMs: 5, attemptsMax: 3 },
  retryable: { baseMs: 1, factor: 2, delayMaxMs: 5, attemptsMax: Infinity },
};

/** A consumer of `Counted` as an app would write it. */
export const consumerOf = (on: (message: EventMessage) => unknown): Type => {
  @EventConsumer()
  class Consumer {
    @EventPattern('Counted')
    counted(@Payload() message: EventMessage): unknown {
      return on(message);
    }
  }
  return Consumer;
};

export const numberOf = ({ data }: EventMessage): number => (data as { n: number }).n;
export const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Stores, real Nest microservices over them, and what these logged. */
export class BusBench {
  readonly logged: string[] = [];
  private readonly apps: INestMicroservice[] = [];

  constructor(readonly stores: Stores) {}

  async append(type: string, ...numbers: readonly number[]): Promise<void> {
    const at = '2026-01-31T12:00:00.000Z';
    const metadata = { schemaVersion: 1, correlationId: 'c-1', actor: 'system', at };
    for (const n of numbers)
      await this.stores.store.append(
        `s-${n % 3}`,
        [{ id: randomUUID(), type, data: { n }, metadata }],
        'any',
      );
  }

  async start(controllers: Type[], overrides: Partial<EmbeddedBusOptions> = {}) {
    const log = (message: string): void => {
      this.logged.push(message);
    };
    const server = new EmbeddedBusServer({
      consumer: 'counter',
      ...this.stores,
      clock: new SystemClock(),
      log: { warn: log, error: log },
      policy: QUICK_POLICY,
      ...overrides,
    });
    @Module({ controllers })
    class Root {}
    // Nest declares its options as a class of optional fields; callers pass a literal.

    const app = await NestFactory.createMicroservice(Root, { strategy: server, logger: false });
    this.apps.push(app);
    await app.listen();
    return { app, server };
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close();
    await this.stores.close();
  }
}
