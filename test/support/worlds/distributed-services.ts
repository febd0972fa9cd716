import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePorts } from '../servers/free-ports.js';
import { eventually } from '../checks/eventually.js';
import { BUILT } from '../programs/run-ts.js';

/** Every service of the distributed mode. */
export const SERVICES = [
  'admin-api',
  'history-projector',
  'relay',
  'request-intake',
  'scheduler',
  'consensus-resolver',
  'exporter',
  'distributor',
  'notifier',
] as const;
export type ServiceName = (typeof SERVICES)[number];

const OUTPUT_MAX = 200_000;
const READY_MS = 240_000;

/** One replica of a service as a separate process; it keeps its port and its name over restarts. */
export class Replica {
  private child: ChildProcess | undefined;
  private ended: Promise<unknown> = Promise.resolve();
  /** What it wrote, over all its lives; the newest end. */
  output = '';
  lives = 0;

  constructor(
    readonly service: ServiceName,
    readonly index: number,
    private readonly place: Readonly<{ port: number; env: NodeJS.ProcessEnv }>,
    /** The code it runs: changed by an update, from its next life on. */
    public tree: string,
  ) {}

  get name(): string {
    return `${this.service}-${this.index}`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.place.port}`;
  }

  start(): void {
    const { port, env } = this.place;
    const main = join(this.tree, 'apps', this.service, 'src', 'main.js');
    const ports = { CHAINKEEP_PORT: String(port), CHAINKEEP_HEALTH_PORT: String(port) };
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, NODE_OPTIONS: '', ...env, ...ports },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const take = (chunk: Buffer): void => {
      this.output = `${this.output}${chunk.toString()}`.slice(-OUTPUT_MAX);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    this.lives += 1;
    this.child = child;
    this.ended = once(child, 'exit');
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.ok;
  }

  /** kill -9, or in order; resolves with the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.child;
    if (child === undefined || !this.running) return child?.exitCode ?? null;
    child.kill(signal);
    await this.ended;
    return child.exitCode;
  }

  /** For the exit of the test process. */
  killNow(): void {
    this.child?.kill('SIGKILL');
  }
}

export type DistributedOptions = Readonly<{
  /** Variables of every process: brokers, databases. */
  env: NodeJS.ProcessEnv;
  /** CHAINKEEP_HOME of all, as on a shared volume. */
  home: string;
  replicas: number;
  services?: readonly ServiceName[];
}>;

/** All services, each as some processes. */
export class DistributedServices {
  private readonly onExit = (): void => {
    for (const replica of this.all) replica.killNow();
  };

  private constructor(readonly all: readonly Replica[]) {
    process.once('exit', this.onExit);
  }

  /** Starts everything; resolves when all are ready. */
  static async start(options: DistributedOptions): Promise<DistributedServices> {
    const { env, home, replicas, services = SERVICES } = options;
    const ports = await freePorts(services.length * replicas);
    const common = {
      CHAINKEEP_HOME: home,
      CHAINKEEP_SECRET_KEY: randomBytes(32).toString('hex'),
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      CHAINKEEP_LOG_LEVEL: 'warn',
      ...env,
    };
    const all = services.flatMap((service, at) =>
      Array.from({ length: replicas }, (_, index) => {
        const port = ports[at * replicas + index] ?? 0;
        return new Replica(service, index + 1, { port, env: common }, BUILT);
      }),
    );
    const started = new DistributedServices(all);
    for (const replica of all) replica.start();
    await started.untilReady();
    return started;
  }

  of(service: ServiceName): readonly Replica[] {
    return this.all.filter((replica) => replica.service === service);
  }

  async untilReady(replicas = this.all): Promise<void> {
    for (const replica of replicas) {
      const ended = (): boolean => !replica.running;
      await eventually(`${replica.name} is ready`, READY_MS, async () => ended() || replica.isReady());
      if (ended()) throw new Error(`${replica.name} ended:\n${replica.output.slice(-4_000)}`);
    }
  }

  /** Ends all at once; resolves with those that did not end in order. */
  async stop(signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM'): Promise<readonly string[]> {
    const codes = await Promise.all(
      this.all.map(async (replica) => [replica, await replica.end(signal)] as const),
    );
    process.off('exit', this.onExit);
    return codes.filter(([, code]) => code !== 0).map(([replica]) => replica.name);
  }
}
