import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runningPid, type ClientControl } from './client-control-main.js';
import { BUILT } from './run-ts.js';

const run = promisify(execFile);

/** A client that commands halt and start, as an operator's would; it is detached, so it is ended by its pid file. */
export class ControlledClient {
  private readonly onExit = (): void => {
    this.killNow();
  };

  private constructor(
    private readonly pidFile: string,
    readonly haltArgv: readonly string[],
    readonly startArgv: readonly string[],
  ) {
    process.once('exit', this.onExit);
  }

  /** Writes what the commands need into `folder`; nothing runs yet. */
  static async create(folder: string, commandLine: readonly string[]): Promise<ControlledClient> {
    const pidFile = join(folder, 'client.pid');
    const config = join(folder, 'client.json');
    const control: ClientControl = { commandLine, log: join(folder, 'geth.log'), pidFile };
    await writeFile(config, JSON.stringify(control));
    const main = join(BUILT, 'test/support/programs/client-control-main.js');
    const argv = (command: string): string[] => [process.execPath, main, command, config];
    return new ControlledClient(pidFile, argv('halt'), argv('start'));
  }

  get pid(): number | undefined {
    return runningPid(this.pidFile);
  }

  async start(): Promise<void> {
    await this.command(this.startArgv);
  }

  async stop(): Promise<void> {
    await this.command(this.haltArgv);
    process.removeListener('exit', this.onExit);
  }

  private async command([program = '', ...args]: readonly string[]): Promise<void> {
    await run(program, args);
  }

  private killNow(): void {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }
}
