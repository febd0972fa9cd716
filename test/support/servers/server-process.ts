import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_TIMEOUT_MS = 240_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 25;

const later = async (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const isListening = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });

export type ServerOptions = Readonly<{
  name: string;
  command: string;
  /** Arguments; `folder` is the server's own temporary folder. */
  args: (folder: string) => readonly string[];
  port: number;
  env?: Readonly<Record<string, string>>;
}>;

/** One server of a suite on 127.0.0.1, with its files in one temporary folder. It may be stopped and started again. */
export class ServerProcess {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly options: ServerOptions,
    readonly folder: string,
  ) {}

  /** Of the operating system, while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options, await mkdtemp(join(tmpdir(), `chainkeep-${options.name}-`)));
    try {
      await server.run();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** Starts it (again) and waits until its port answers. */
  async run(): Promise<void> {
    const { command, args, port, env, name } = this.options;
    const log = openSync(join(this.folder, 'log'), 'a');
    const child = spawn(command, [...args(this.folder)], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isListening(port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await this.stop();
        throw new Error(
          `${name} did not start: ${readFileSync(join(this.folder, 'log'), 'utf8').slice(-2_000)}`,
        );
      }
      await later(POLL_MS);
    }
  }

  /** Ends the process; its files stay. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  /** Ends the process and removes its files. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}
