import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

import type { Argv } from '../node-controller.js';
import { commandEnv } from './run-command.js';

/**
 * The program of the watchdog, given to `node -e` so that it needs no file: it must run from a build, from a test and
 * from a bundle alike. It reads lines: `run PID` and `kill PID` name the group that runs (`kill`: it may be ended),
 * `idle` that none does, `dismiss` ends it. When its input ends (the service is gone) or the limit passes, it lets the
 * halt command end, ends an export, and runs the start command until that succeeds.
 */
const PROGRAM = `
const { spawn } = require('node:child_process');
const { start, limitMs } = JSON.parse(process.argv[1]);
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let group, mayKill = false, acting = false;
const runs = () => { try { process.kill(-group, 0); return true; } catch { return false; } };
const once = () => new Promise((resolve) => {
  const child = spawn(start[0], start.slice(1), { stdio: 'ignore', detached: true });
  child.once('error', () => resolve(false));
  child.once('exit', (code) => resolve(code === 0));
});
const act = async () => {
  if (acting) return;
  acting = true;
  if (group !== undefined && mayKill) try { process.kill(-group, 'SIGKILL'); } catch {}
  for (let turn = 0; turn < 600 && group !== undefined && runs(); turn++) await later(100);
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await once()) process.exit(0);
    await later(1000);
  }
  process.exit(1);
};
setTimeout(act, limitMs);
let rest = '';
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const line of lines) {
    const [word, pid] = line.split(' ');
    if (word === 'dismiss') process.exit(0);
    group = word === 'idle' ? undefined : Number(pid);
    mayKill = word === 'kill';
  }
}).on('end', act).on('error', act);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
`;

/**
 * A separate process that starts a halted client again if nothing else does: at once when this process is gone (kill -9
 * included), else at the limit.
 */
export class Watchdog {
  private readonly process: ChildProcess;

  constructor(start: Argv, limitMs: number) {
    this.process = spawn(process.execPath, ['-e', PROGRAM, JSON.stringify({ start, limitMs })], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: commandEnv(),
    });
    // It must not keep this process alive, and its exit is not our failure.
    this.process.unref();
    (this.process.stdin as Socket | null)?.unref();
    this.process.on('error', () => undefined);
    this.process.stdin?.on('error', () => undefined);
  }

  /** Resolves when the watchdog runs; nothing may be halted before. Throws the system's error. */
  async ready(): Promise<void> {
    if (this.process.pid !== undefined) return;
    await new Promise((_resolve, reject) => this.process.once('error', reject));
  }

  /** A command runs (or ended) under this process group. */
  onProcess(pid: number, state: 'running' | 'ended', mayKill: boolean): void {
    this.say(state === 'ended' ? 'idle' : `${mayKill ? 'kill' : 'run'} ${pid}`);
  }

  /** The client was started: the watchdog is not needed any more. May be repeated. */
  dismiss(): void {
    this.say('dismiss');
  }

  private say(line: string): void {
    if (this.process.stdin?.writable === true) this.process.stdin.write(`${line}\n`);
  }
}
