import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { spawnTs } from './run-ts.js';

const START_TIMEOUT_MS = 240_000;
const STEP_MS = 50;

export type StandaloneOptions = Readonly<{ home: string; config: string; env?: NodeJS.ProcessEnv }>;
export type ApiAnswer = Readonly<{ status: number; text: string; body: Record<string, unknown> }>;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The standalone mode as a separate process, with a network file. */
export class StandaloneProcess {
  /** Everything it wrote: the greeting, errors and the log. */
  output = '';
  readonly ended: Promise<number | null>;

  private constructor(
    readonly child: ChildProcess,
    private readonly knownKey: string | undefined,
  ) {
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
    };
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    this.ended = once(child, 'close').then(([code]: unknown[]) => code as number | null);
  }

  /** Starts and does not wait. `key`: that of an earlier start of the same home. */
  static async spawn(
    { home, config, env = {} }: StandaloneOptions,
    key?: string,
  ): Promise<StandaloneProcess> {
    const child = spawnTs('apps/standalone/src/main.ts', {
      args: ['--config', config],
      env: { ...process.env, NODE_OPTIONS: '', CHAINKEEP_HOME: home, CHAINKEEP_PORT: '0', ...env },
    });
    return new StandaloneProcess(child, key);
  }

  /** Starts and waits for the greeting. */
  static async start(options: StandaloneOptions, key?: string): Promise<StandaloneProcess> {
    const standalone = await StandaloneProcess.spawn(options, key);
    try {
      await standalone.until(() => standalone.output.includes('Ctrl-C stops it'), 'the greeting');
    } catch (error) {
      standalone.child.kill('SIGKILL');
      throw error;
    }
    return standalone;
  }

  /** The operator key, printed at the first start. */
  get key(): string {
    return /Operator key (\S+)/.exec(this.output)?.[1] ?? this.knownKey ?? '';
  }

  get url(): string {
    return /API +(\S+)\/api\/v1/.exec(this.output)?.[1] ?? '';
  }

  async ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text || 'null') as Record<string, unknown> };
  }

  /** Waits for what a test expects; throws with the output when it takes too long or the process ends. */
  async until(isDone: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const end = Date.now() + START_TIMEOUT_MS;
    while (!(await isDone())) {
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`no ${what}; output:\n${this.output}`);
      await pause(STEP_MS);
    }
  }

  /** Ends it as Ctrl-C does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGINT');
    return this.ended;
  }
}
