import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expectDocumented } from '../checks/documented-answers.js';
import { spawnTs } from './run-ts.js';

const START_MS = 240_000;

type Answer = Readonly<{ status: number; body: unknown }>;

/** `npm start` from the sources: a real process of the standalone mode on a free port. */
export class DemoService {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly said: { output: string },
  ) {}

  static async start(env: Record<string, string>, args: readonly string[] = []): Promise<DemoService> {
    const child = spawnTs('apps/standalone/src/main.ts', {
      args,
      env: { ...process.env, CHAINKEEP_PORT: '0', ...env },
    });
    const said = { output: '' };
    const url = await new Promise<string>((resolve, reject) => {
      const fail = () => {
        reject(new Error(`it did not start:\n${said.output}`));
      };
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail();
      }, START_MS);
      child.once('exit', fail);
      const read = (chunk: Buffer): void => {
        said.output += chunk.toString();
        const [, found] = /^ {2}API +(\S+)\/api\/v1/m.exec(said.output) ?? [];
        if (found === undefined) return;
        clearTimeout(timer);
        child.removeListener('exit', fail);
        resolve(found);
      };
      child.stdout?.on('data', read);
      child.stderr?.on('data', read);
    });
    return new DemoService(child, url, said);
  }

  /** Everything it printed so far. */
  get output(): string {
    return this.said.output;
  }

  async get<T>(path: string): Promise<T> {
    const { body } = await this.ask('GET', path);
    return body as T;
  }

  async send(method: string, path: string, body: unknown = {}): Promise<Answer> {
    return this.ask(method, path, {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  private async ask(method: string, path: string, init: RequestInit = {}): Promise<Answer> {
    const url = `${this.url}${path}`;
    const response = await fetch(url, { ...init, method });
    const body: unknown = await response.json().catch(() => undefined);
    expectDocumented(method, url, { status: response.status, body });
    return { status: response.status, body };
  }

  /** Ends it by a signal and resolves to its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = (await ended) as [number | null];
    return code;
  }
}
