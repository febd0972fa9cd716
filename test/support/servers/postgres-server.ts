import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePorts } from './free-ports.js';

const run = promisify(execFile);
const START_MS_MAX = 240_000;
const USER = 'chainkeep';

type Owner = Readonly<{ uid: number; gid: number }>;

/** PostgreSQL refuses to run as root: then it runs as the user its package made. */
const ownerOfServer = async (): Promise<Owner | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
};

/** A real PostgreSQL on 127.0.0.1, all its files in one temporary directory. */
export class PostgresServer {
  private process: ChildProcess | undefined;
  private databases = 0;
  /** Not even when the test process ends without its hooks does the server outlive it. */
  private readonly killNow = (): void => {
    this.process?.kill('SIGKILL');
  };

  private constructor(
    private readonly directory: string,
    readonly port: number,
    private readonly owner: Owner | undefined,
  ) {}

  /** Makes and starts one. */
  static async start(): Promise<PostgresServer> {
    const directory = await mkdtemp(join(tmpdir(), 'chainkeep-pg-'));
    const owner = await ownerOfServer();
    if (owner) await chown(directory, owner.uid, owner.gid);
    const [port = 0] = await freePorts(1);
    const server = new PostgresServer(directory, port, owner);
    try {
      const args = ['-D', server.data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
      await run(server.program('initdb'), args, { cwd: directory, ...owner });
      await server.boot();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  urlOf(database: string): string {
    return `postgres://${USER}@127.0.0.1:${this.port}/${database}`;
  }

  /** Creates an empty database; resolves to its URL. */
  async createDatabase(): Promise<string> {
    this.databases += 1;
    const name = `test_${this.databases}`;
    await this.ask('postgres', `CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  /** One statement on a separate connection. */
  async ask(database: string, sql: string): Promise<readonly unknown[][]> {
    const client = new pg.Client({ connectionString: this.urlOf(database) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it (again); resolves when it answers. */
  async boot(): Promise<void> {
    const until = performance.now() + START_MS_MAX;
    process.once('exit', this.killNow);
    for (;;) {
      this.process ??= this.spawn();
      try {
        await this.ask('postgres', 'SELECT 1');
        return;
      } catch (error) {
        if (performance.now() > until) throw error;
        await sleep(50);
      }
    }
  }

  /** kill -9, as a power cut would end it. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Stops it and removes its files. */
  async stop(): Promise<void> {
    await this.end('SIGQUIT');
    await rm(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  private get data(): string {
    return join(this.directory, 'data');
  }

  private program(name: string): string {
    return join(process.env['CHAINKEEP_POSTGRES'] ?? '', name);
  }

  private spawn(): ChildProcess {
    const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${this.directory}`];
    const args = ['-D', this.data, '-p', String(this.port), ...settings.flatMap((each) => ['-c', each])];
    const child = spawn(this.program('postgres'), args, {
      cwd: this.directory,
      stdio: 'ignore',
      ...this.owner,
    });
    // After a kill its children may hold the memory for a moment: it ends at once and is started again.
    child.once('exit', () => {
      if (this.process === child) this.process = undefined;
    });
    return child;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    process.off('exit', this.killNow);
    if (!child) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
