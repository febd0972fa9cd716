import { Kafka, logLevel } from 'kafkajs';
import { eventually } from '../checks/eventually.js';
import { freePorts } from './free-ports.js';
import { KafkaBroker, newClusterId } from './kafka-broker.js';

const MOVE_MS = 240_000;

/** Where who coordinates groups and transactions lies: the leader of its one partition is the coordinator of all. */
export type CoordinatorTopic = '__consumer_offsets' | '__transaction_state';

/** What overrides the lines of a broker by itself: the last one counts. */
const PROPERTIES = (size: number): readonly string[] => [
  `offsets.topic.replication.factor=${size}`,
  'offsets.topic.num.partitions=1',
  `transaction.state.log.replication.factor=${size}`,
  'transaction.state.log.num.partitions=1',
  `transaction.state.log.min.isr=${size - 1}`,
  `min.insync.replicas=${size - 1}`,
  // A dead broker is noticed after this long; by default it takes 9 s.
  'broker.session.timeout.ms=3000',
  'broker.heartbeat.interval.ms=500',
];

/** Real Kafka brokers (KRaft, each a controller too), everything replicated on all of them. */
export class KafkaCluster {
  private constructor(private readonly brokers: readonly KafkaBroker[]) {}

  static async start(size = 3): Promise<KafkaCluster> {
    const clusterId = newClusterId();
    const free = await freePorts(3 * size);
    const nodes = Array.from({ length: size }, (_, index) => {
      const [plain = 0, controller = 0, secure = 0] = free.slice(3 * index);
      return { id: index + 1, ports: { plain, controller, secure } };
    });
    const voters = nodes.map(({ id, ports }) => `${id}@127.0.0.1:${ports.controller}`);
    const brokers = await Promise.all(
      nodes.map((node) =>
        KafkaBroker.prepare({ properties: PROPERTIES(size), node: { ...node, clusterId, voters } }),
      ),
    );
    const cluster = new KafkaCluster(brokers);
    try {
      await Promise.all(brokers.map((broker) => broker.up()));
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  get addresses(): readonly string[] {
    return this.brokers.map(({ address }) => address);
  }

  /** The id of the broker that coordinates; rejects while there is none. */
  async coordinator(topic: CoordinatorTopic): Promise<number> {
    const kafka = new Kafka({ brokers: [...this.addresses], logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const leader = topics[0]?.partitions[0]?.leader ?? -1;
      if (leader < 1) throw new Error(`${topic} has no leader.`);
      return leader;
    } finally {
      await admin.disconnect();
    }
  }

  /** Kills the coordinator with -9; resolves when another broker has taken its place, with what starts it again. */
  async killCoordinator(topic: CoordinatorTopic): Promise<Readonly<{ restart: () => Promise<void> }>> {
    const id = await this.coordinator(topic);
    const broker = this.brokers[id - 1];
    if (broker === undefined) throw new Error(`There is no broker ${id}.`);
    await broker.down('SIGKILL');
    await eventually('another coordinator', MOVE_MS, async () => (await this.coordinator(topic)) !== id);
    return { restart: () => broker.up() };
  }

  async remove(): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker.remove()));
  }
}
