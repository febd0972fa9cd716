import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.js';

const run = promisify(execFile);
const START_TIMEOUT_MS = 240_000;
const STOP_TIMEOUT_MS = 20_000;
const LOOK_MS = 100;
const JAVA = ['-Xmx384m', '-Xms128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isUp: boolean) => () => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', end(true));
    socket.once('error', end(false));
  });

export type KafkaBrokerOptions = Readonly<{
  /** Further lines of server.properties. */
  properties?: readonly string[];
  /** Adds a listener SASL_SSL beside the open one; its properties name its keys and users. */
  secure?: readonly string[];
  /** Credentials of SCRAM the storage is made with: `SCRAM-SHA-256=[name=...,password=...]`. */
  scram?: readonly string[];
  /** It is a node of a cluster (kafka-cluster.ts); otherwise it runs alone. */
  node?: ClusterNode;
}>;

export type ClusterNode = Readonly<{
  id: number;
  clusterId: string;
  ports: Ports;
  /** `id@host:port` of each controller. */
  voters: readonly string[];
}>;

type Ports = Readonly<{ plain: number; controller: number; secure: number }>;

const propertiesOf = (directory: string, ports: Ports, options: KafkaBrokerOptions): string => {
  const secure = options.secure === undefined ? '' : `,SASL_SSL://127.0.0.1:${ports.secure}`;
  const { id, voters } = options.node ?? { id: 1, voters: [`1@127.0.0.1:${ports.controller}`] };
  return [
    'process.roles=broker,controller',
    `node.id=${id}`,
    `controller.quorum.voters=${voters.join(',')}`,
    `listeners=PLAINTEXT://127.0.0.1:${ports.plain},CONTROLLER://127.0.0.1:${ports.controller}${secure}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${ports.plain}${secure}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    `log.dirs=${join(directory, 'data')}`,
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.num.partitions=4',
    'transaction.state.log.min.isr=1',
    'min.insync.replicas=1',
    'group.initial.rebalance.delay.ms=0',
    'auto.create.topics.enable=false',
    ...(options.secure ?? []),
    ...(options.properties ?? []),
    '',
  ].join('\n');
};

const freeBrokerPorts = async (): Promise<Ports> => {
  const [plain = 0, controller = 0, secure = 0] = await freePorts(3);
  return { plain, controller, secure };
};

/** A fixed first byte: an id that begins with a dash would be read as an option. */
export const newClusterId = (): string =>
  Buffer.concat([Buffer.from([0x40]), randomBytes(15)]).toString('base64url');

/** A real Kafka broker (KRaft, one node) on 127.0.0.1 with its files in a temporary directory. */
export class KafkaBroker {
  private process: ChildProcess | undefined;
  private starts = 0;

  private constructor(
    private readonly directory: string,
    private readonly ports: Ports,
  ) {}

  /** For KAFKA_BROKERS. */
  get address(): string {
    return `127.0.0.1:${this.ports.plain}`;
  }

  /** Of the listener SASL_SSL. */
  get secureAddress(): string {
    return `127.0.0.1:${this.ports.secure}`;
  }

  /** Chooses ports and formats the storage; nothing listens yet. */
  static async prepare(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const directory = await mkdtemp(join(tmpdir(), 'chainkeep-kafka-'));
    const ports = options.node?.ports ?? (await freeBrokerPorts());
    const broker = new KafkaBroker(directory, ports);
    await writeFile(join(directory, 'server.properties'), propertiesOf(directory, ports, options));
    const id = options.node?.clusterId ?? newClusterId();
    const file = join(directory, 'server.properties');
    await run('java', [
      ...JAVA,
      ...broker.classPath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      id,
      '-c',
      file,
      ...(options.scram ?? []).flatMap((credential) => ['--add-scram', credential]),
    ]);
    return broker;
  }

  static async start(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const broker = await KafkaBroker.prepare(options);
    await broker.up();
    return broker;
  }

  private get classPath(): readonly string[] {
    // Benchmarks start brokers too, without the test framework that real-servers.ts needs.
    return ['-cp', `${process.env['CHAINKEEP_KAFKA'] ?? ''}/*`];
  }

  /** Starts it (again) and waits until it takes connections. */
  async up(): Promise<void> {
    const out = openSync(join(this.directory, 'server.log'), 'a');
    const file = join(this.directory, 'server.properties');
    this.process = spawn('java', [...JAVA, ...this.classPath, 'kafka.Kafka', file], {
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    this.starts += 1;
    const end = Date.now() + START_TIMEOUT_MS;
    while (!(await this.isUp())) {
      if (Date.now() > end || this.process.exitCode !== null)
        throw new Error(`Kafka did not start:\n${(await this.log()).slice(-4_000)}`);
      await pause(LOOK_MS);
    }
  }

  private async isUp(): Promise<boolean> {
    const started = (await this.log()).split('Kafka Server started').length > this.starts;
    return started && (await answers(this.ports.plain));
  }

  /** `kill -9`, or in order. */
  async down(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  async log(): Promise<string> {
    return readFile(join(this.directory, 'server.log'), 'utf8').catch(() => '');
  }

  /** Stops it and removes its files. */
  async remove(): Promise<void> {
    await this.down('SIGKILL');
    await rm(this.directory, { recursive: true, force: true });
  }
}
