import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { canonicalSelection, parseHistoryDocument, type HistoryDocument } from '#libs/archive';
import { createChainkeepStreams } from '#libs/contracts';
import type { Role } from '#libs/domain';
import { START, type EventStore, type StoredEvent } from '#libs/event-sourcing';
import { EventStoreDbClient } from '#libs/event-store/adapters/eventstoredb-client';
import { EventStoreDbEventStore } from '#libs/event-store/adapters/eventstoredb.event-store';
import { openPostgresDatabase } from '#libs/event-store/adapters/postgres-database';
import { PostgresEventStore } from '#libs/event-store/adapters/postgres.event-store';
import { TOPICS } from '#libs/messaging';
import { DistributedServices, type ServiceName } from './distributed-services.js';
import { freePorts } from '../servers/free-ports.js';
import { eventually } from '../checks/eventually.js';
import { KafkaBroker } from '../servers/kafka-broker.js';
import { PostgresServer } from '../servers/postgres-server.js';
import { RequestProducer, type RequestRecord } from './request-producer.js';
import { runCliProcess } from '../programs/run-cli.js';
import { spawnTs } from '../programs/run-ts.js';

export type Answer = Readonly<{ status: number; body: Readonly<Record<string, unknown>> }>;

const PAGE = 500;
const API_MS = 240_000;

type Double = Readonly<{ url: string; child: ChildProcess; port: number }>;

/** The KurrentDB double as a separate process. It speaks the protocol, but says nothing about speed or durability. */
const startDouble = async (folder: string, port: number): Promise<Double> => {
  const child = spawnTs('test/support/simulated/kurrentdb-double-main.ts', {
    args: [String(port), join(folder, 'kurrent.log')],
  });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The double ended: ${complaint}`);
  });
  const [chunk] = (await Promise.race([once(child.stdout ?? child, 'data'), ended])) as [Buffer];
  ended.catch(() => undefined);
  child.stdout?.resume();
  return { url: chunk.toString().trim(), child, port };
};

const readStore = async (store: EventStore): Promise<readonly StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (let after = START; ;) {
    const page = await store.readAll(after, PAGE);
    events.push(...page);
    const last = page.at(-1);
    if (last === undefined) return events;
    after = last.position;
  }
};

export type WorldOptions = Readonly<{
  replicas: number;
  partitions: number;
  services?: readonly ServiceName[];
  /** Where the events are; default the double. */
  events?: 'double' | 'postgres';
}>;

type Parts = Readonly<{
  folder: string;
  kafka: KafkaBroker;
  postgres: PostgresServer;
  /** Of its database. */
  url: string;
  double: Double;
  /** Where the events are. */
  events: 'double' | 'postgres';
  services: DistributedServices;
}>;

/** A real Kafka and PostgreSQL, the KurrentDB double, and all services as processes over them. */
export class DistributedWorld {
  readonly folder: string;
  readonly kafka: KafkaBroker;
  readonly services: DistributedServices;

  private constructor(private parts: Parts) {
    ({ folder: this.folder, kafka: this.kafka, services: this.services } = parts);
  }

  static async start(options: WorldOptions): Promise<DistributedWorld> {
    const { replicas, partitions, services, events = 'double' } = options;
    const folder = await mkdtemp(join(tmpdir(), 'ckd-'));
    const [kafka, postgres, double] = await Promise.all([
      KafkaBroker.start(),
      PostgresServer.start(),
      freePorts(1).then(([port = 0]) => startDouble(folder, port)),
    ]);
    const url = await postgres.createDatabase();
    const env = {
      KAFKA_BROKERS: kafka.address,
      KAFKA_PARTITIONS: String(partitions),
      KAFKA_REPLICATION_FACTOR: '1',
      DATABASE_URL: url,
      ...(events === 'double' ? { EVENTSTORE_URL: double.url } : {}),
    };
    const home = join(folder, 'home');
    try {
      const running = await DistributedServices.start({
        env,
        home,
        replicas,
        ...(services ? { services } : {}),
      });
      return new DistributedWorld({ folder, kafka, postgres, url, double, events, services: running });
    } catch (error) {
      double.child.kill('SIGKILL');
      await Promise.all([kafka.remove(), postgres.stop()]);
      throw error;
    }
  }

  async stop(): Promise<void> {
    const { double, kafka, postgres, services } = this.parts;
    await services.stop('SIGKILL');
    double.child.kill('SIGKILL');
    await Promise.all([kafka.remove(), postgres.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Takes a store away from under the running services, as a power cut would; `back` brings it again. */
  async away(what: 'events' | 'postgres'): Promise<void> {
    const { double, events, postgres } = this.parts;
    if (what === 'postgres' || events === 'postgres') return postgres.kill();
    const ended = once(double.child, 'exit');
    double.child.kill('SIGKILL');
    await ended;
  }

  async back(what: 'events' | 'postgres'): Promise<void> {
    const { double, events, postgres } = this.parts;
    if (what === 'postgres' || events === 'postgres') return postgres.boot();
    this.parts = { ...this.parts, double: await startDouble(this.folder, double.port) };
  }

  get managed(): string {
    return join(this.folder, 'home', 'managed');
  }

  targetFolder(targetId: string): string {
    return join(this.folder, 'home', 'targets', targetId);
  }

  async key(): Promise<string> {
    return (await readFile(join(this.folder, 'home', 'operator.key'), 'utf8')).trim();
  }

  /** Asks whichever replica of the API answers; retried while none does, as a client behind a balancer would. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    replicas = this.services.of('admin-api'),
  ): Promise<Answer> {
    let turn = 0;
    return eventually(`${method} ${path} is answered`, API_MS, async () => {
      const replica = replicas[turn++ % replicas.length];
      const response = await fetch(`${replica?.url ?? ''}/api/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${await this.key()}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(15_000),
      });
      const answer = (await response.json()) as Answer['body'];
      return response.status < 500 && { status: response.status, body: answer };
    });
  }

  /** `chainkeep apply -f` against the API, as an operator would register a network. */
  async apply(file: object): Promise<string> {
    const path = join(this.folder, 'network.yaml');
    await writeFile(path, JSON.stringify(file));
    const [api] = this.services.of('admin-api');
    const env = { CHAINKEEP_URL: api?.url ?? '', CHAINKEEP_TOKEN: await this.key() };
    const { code, out, err } = await runCliProcess(['apply', '-f', path], env);
    if (code !== 0) throw new Error(`apply ended with ${code}:\n${out}${err}`);
    return out;
  }

  /**
   * Applies a network of one member, `bank-a`: environments over the same nodes, the managed bucket a directory, each
   * environment with one directory as target (`target-<id>`).
   */
  async applyOnDirectories(
    ids: readonly string[],
    { nodes, segmentBlocks }: Readonly<{ nodes: readonly object[]; segmentBlocks: number }>,
  ): Promise<void> {
    await Promise.all(ids.map((id) => mkdir(this.targetFolder(id), { recursive: true })));
    await this.apply({
      consortium: { id: 'acme', name: 'Acme' },
      members: [{ id: 'bank-a', name: 'Bank A' }],
      environments: ids.map((id) => ({
        id,
        provider: 'geth',
        consensus: 'clique',
        nodes,
        managed: { provider: 'directory', path: this.managed },
        backup: { enabled: true, frequency: 'once', segment_blocks: segmentBlocks },
      })),
      targets: ids.map((id) => ({
        id: `target-${id}`,
        member: 'bank-a',
        environment: id,
        environment_backup_target: true,
        provider: 'directory',
        path: this.targetFolder(id),
      })),
    });
  }

  /** The store itself, not through a service. One client at a time is the rule of its library. */
  private async withStore<T>(use: (store: EventStore) => Promise<T>): Promise<T> {
    if (this.parts.events === 'postgres') {
      const database = await openPostgresDatabase({ url: this.parts.url });
      const store = new PostgresEventStore(database);
      return use(store).finally(() => store.close().then(() => database.close()));
    }
    const client = EventStoreDbClient.open({ url: this.parts.double.url });
    const store = new EventStoreDbEventStore(client, { prefix: 'chainkeep' });
    try {
      return await use(store);
    } finally {
      await store.close();
      await client.close();
    }
  }

  /** Every event there is. */
  async events(): Promise<readonly StoredEvent[]> {
    return this.withStore(readStore);
  }

  /** A program of a member that publishes requests, its key registered; an operator's unless told otherwise. */
  async producer(memberId = 'ops', role: Role = 'operator'): Promise<RequestProducer> {
    return this.withStore((store) => RequestProducer.register(createChainkeepStreams(store), memberId, role));
  }

  /** Publishes a request as any Kafka program would; the same one again while the broker does not take it. */
  async publish(request: RequestRecord): Promise<void> {
    const client = new Kafka({ brokers: [this.kafka.address], logLevel: logLevel.NOTHING });
    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await eventually('the broker takes a request', API_MS, async () => {
      await producer.connect();
      await producer.send({ topic: TOPICS.requests, acks: -1, messages: [request] });
      return true;
    });
    await producer.disconnect();
  }

  /** Ids of the events on Kafka as a new read-committed consumer gets them, until it has `count` of them or time is up. */
  async published(count: number, timeoutMs = 60_000): Promise<readonly string[]> {
    const client = new Kafka({ brokers: [this.kafka.address], logLevel: logLevel.NOTHING });
    const consumer = client.consumer({ groupId: `checker-${Date.now()}`, readUncommitted: false });
    const ids: string[] = [];
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [TOPICS.events, TOPICS.deliveries], fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message }) => {
          ids.push(String(message.headers?.['ce_id']));
        },
      });
      await eventually(`${count} published events`, timeoutMs, async () => ids.length >= count).catch(
        () => false,
      );
      return [...ids];
    } finally {
      await consumer.disconnect();
    }
  }

  /** Messages that a service could not handle and that belonged to no open work. */
  async deadLetters(): Promise<readonly unknown[]> {
    const { postgres, url } = this.parts;
    return postgres.ask(new URL(url).pathname.slice(1), 'SELECT consumer, type, code FROM dead_letters');
  }

  async history(folder: string, environmentId: string): Promise<HistoryDocument> {
    return parseHistoryDocument(await readFile(join(folder, environmentId, 'backup_snapshot.json')));
  }

  /** The canonical files of a place one after another, and the names of all block files there. */
  async contents(folder: string, environmentId: string) {
    const history = await this.history(folder, environmentId);
    const place = join(folder, environmentId);
    const parts = canonicalSelection(history).map(({ file }) => readFile(join(place, file)));
    const files = (await readdir(place)).filter((name) => name.endsWith('.rlp')).sort();
    return { history, files, bytes: Buffer.concat(await Promise.all(parts)) };
  }
}
