import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/*
 * What systemctl does for the tests of client-export: `halt CONFIG` and `start CONFIG` for a client whose command line,
 * log and pid file are in a JSON file. Halting waits for the end; starting returns at once and does nothing while the
 * client runs. The client is detached: it outlives the process that started it.
 */
export type ClientControl = Readonly<{ commandLine: readonly string[]; log: string; pidFile: string }>;

const STOP_MS = 240_000;

/**
 * State and start time of a process, as the kernel keeps them; `undefined` when it is gone. The start time tells a
 * process from a later one with the same pid.
 */
const processOf = (pid: number): Readonly<{ state: string; started: string }> | undefined => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
};

/** Pid of the running client; a zombie that was not reaped does not count as running. */
export const runningPid = (pidFile: string): number | undefined => {
  if (!existsSync(pidFile)) return undefined;
  const [pid = '', started] = readFileSync(pidFile, 'utf8').split(' ');
  const found = processOf(Number(pid));
  return found === undefined || found.state === 'Z' || found.started !== started ? undefined : Number(pid);
};

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const halt = async ({ pidFile }: ClientControl): Promise<number> => {
  const pid = runningPid(pidFile);
  if (pid === undefined) return 0;
  process.kill(pid, 'SIGINT');
  const end = Date.now() + STOP_MS;
  while (runningPid(pidFile) === pid) {
    if (Date.now() > end) return 1;
    await later(20);
  }
  return 0;
};

const start = ({ commandLine, log, pidFile }: ClientControl): number => {
  if (runningPid(pidFile) !== undefined) return 0;
  const out = openSync(log, 'a');
  const [program = '', ...args] = commandLine;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', out, out] });
  const pid = child.pid ?? 0;
  writeFileSync(pidFile, `${pid} ${processOf(pid)?.started ?? ''}`);
  child.unref();
  return 0;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , command, file = ''] = process.argv;
  const control = JSON.parse(readFileSync(file, 'utf8')) as ClientControl;
  process.exitCode = command === 'halt' ? await halt(control) : start(control);
}
