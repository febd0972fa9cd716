import { execFile } from 'node:child_process';

export type Ended = Readonly<{ code: number; out: string; err: string }>;

/** Runs a program to its end, whatever its exit code. */
export const runProgram = (program: string, args: readonly string[], cwd: string, env = process.env) =>
  new Promise<Ended>((resolve) => {
    execFile(program, [...args], { cwd, env, timeout: 600_000 }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });

export const runNode = (args: readonly string[], cwd: string): Promise<Ended> =>
  runProgram(process.execPath, args, cwd, { ...process.env, NODE_OPTIONS: '' });
