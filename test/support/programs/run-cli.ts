import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnTs } from './run-ts.js';

export type CliEnded = Readonly<{ code: number; out: string; err: string }>;

/** Runs the command line in a separate process, with nothing of this one's environment but the path. */
export const runCliProcess = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CliEnded> => {
  const child = spawnTs('apps/cli/src/main.ts', {
    args,
    env: { PATH: process.env['PATH'], CHAINKEEP_HOME: join(tmpdir(), 'no-such-home'), ...env },
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
};

/** The two lines of an error, and nothing else: no stack trace. */
export const cliError = (code: string): RegExp => new RegExp(`^error ${code}: .+\\nhint: .+\\n$`);

/** Bytes with one bit changed. */
export const flipBit = (bytes: Buffer, bit: number): Buffer => {
  const altered = Buffer.from(bytes);
  const at = Math.floor(bit / 8);
  altered[at] = (altered[at] ?? 0) ^ (1 << (bit % 8));
  return altered;
};
