import { spawn, type ChildProcess } from 'node:child_process';

import { CodedError } from '#libs/kernel';

import type { Argv } from '../node-controller.js';

const OUTPUT_BYTES_MAX = 8 * 1024;
const TERM_MS = 3_000;
const DRAIN_MS = 500;
const LINE_CHARS_MAX = 300;
/** Secrets of the service itself are not passed to a node's commands. */
const OURS = /^(CHAINKEEP_|DATABASE_URL$|EVENTSTORE_URL$|KAFKA_)/;

export type CommandRun = Readonly<{
  controller: string;
  /** Which command of the controller, for errors. */
  step: 'halt' | 'start' | 'export' | 'fetch';
  argv: Argv;
  signal: AbortSignal;
  /** The group of the command's processes, as soon as it runs and when it has ended. */
  onProcess?: (pid: number, state: 'running' | 'ended') => void;
}>;

export const commandEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));

/** Keeps the last bytes of a stream. */
const tailOf = (stream: NodeJS.ReadableStream | null): (() => string) => {
  let kept = Buffer.alloc(0);
  stream?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]);
    if (kept.length > OUTPUT_BYTES_MAX) kept = kept.subarray(kept.length - OUTPUT_BYTES_MAX);
  });
  return () =>
    kept
      .toString('utf8')
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f]+/g, ' ')
      .trim();
};

const killGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended in between.
  }
};

type Ended = Readonly<{ code: number | null; signal: string | null }>;

const untilEnded = (child: ChildProcess): Promise<Ended> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // What was started in the background may hold the pipes open: their end is not waited for.
      const drain = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, DRAIN_MS);
      child.once('close', () => {
        clearTimeout(drain);
        resolve({ code, signal });
      });
    });
  });

/** Ends the command's processes when the signal aborts; the answer undoes it. */
const endOnAbort = (child: ChildProcess, signal: AbortSignal): (() => void) => {
  let force: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    killGroup(child, 'SIGTERM');
    force = setTimeout(() => {
      killGroup(child, 'SIGKILL');
    }, TERM_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(force);
    signal.removeEventListener('abort', onAbort);
  };
};

/**
 * Runs one command to its end, without a shell, with bounded output. Throws `CONTROLLER_FAILED` with exit code and last
 * output; when the signal aborts, its processes are ended and its reason is thrown.
 */
export const runCommand = async (run: CommandRun): Promise<void> => {
  const { argv, signal, onProcess } = run;
  const [program = '', ...args] = argv;
  signal.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: commandEnv(),
  });
  const output: Output = { stdout: tailOf(child.stdout), stderr: tailOf(child.stderr) };
  const { pid } = child;
  if (pid !== undefined) onProcess?.(pid, 'running');
  const settle = endOnAbort(child, signal);
  try {
    const ended = await untilEnded(child).catch((error: unknown) => {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
      throw failed(run, `could not be run (${reason})`, { reason });
    });
    if (isTimeout(signal)) throw failed(run, 'took longer than its time limit', {});
    signal.throwIfAborted();
    if (ended.code !== 0) throw badEnd(run, ended, output);
  } finally {
    settle();
    if (pid !== undefined) onProcess?.(pid, 'ended');
  }
};

type Output = Readonly<Record<'stdout' | 'stderr', () => string>>;

const badEnd = (run: CommandRun, { code, signal }: Ended, { stdout, stderr }: Output): CodedError => {
  const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;
  const last = (stderr() || stdout()).split('\n').at(-1) ?? '';
  return failed(run, `${how}${last === '' ? '' : `: ${last.slice(0, LINE_CHARS_MAX)}`}`, {
    exitCode: code,
    signal,
    output: `${stdout()}\n${stderr()}`.trim(),
  });
};

const isTimeout = ({ aborted, reason }: AbortSignal): boolean =>
  aborted && reason instanceof DOMException && reason.name === 'TimeoutError';

const failed = (
  { controller, step }: CommandRun,
  how: string,
  context: Readonly<Record<string, string | number | null | undefined>>,
): CodedError =>
  new CodedError('CONTROLLER_FAILED', `The ${step} command of controller ${controller} ${how}.`, {
    context: { controller, step, ...context },
  });
