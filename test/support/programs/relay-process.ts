import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnTs } from './run-ts.js';

export type RelayProcessOptions = Readonly<{
  database: string;
  broker: string;
  partitions: number;
  /** Of KAFKA_CLIENTS. */
  client: string;
  prefix?: string;
}>;

/** A real relay process; see relay-main.ts. */
export class RelayProcess {
  output = '';

  private constructor(private readonly child: ChildProcess) {
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
  }

  static async start(options: RelayProcessOptions): Promise<RelayProcess> {
    const { database, broker, partitions, client, prefix = 'chainkeep' } = options;
    const child = spawnTs('test/support/programs/relay-main.ts', {
      args: [database, broker, String(partitions), client, prefix],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return new RelayProcess(child);
  }

  /** How often it became active. */
  get terms(): number {
    return this.output.split('This relay is active').length - 1;
  }

  get isActive(): boolean {
    return (
      this.output.lastIndexOf('This relay is active') > this.output.lastIndexOf('This relay is the standby')
    );
  }

  /** SIGSTOP and SIGCONT: a process that freezes and comes back as a zombie. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child.kill(signal);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}
