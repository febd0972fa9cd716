import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { rejection } from '../testing.js';
import type { NodeControllerSpec } from '../node-controller.js';
import { CommandNodeControllers } from './command.node-controllers.js';

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const forever = (): AbortSignal => new AbortController().signal;

describe('node controllers by commands', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'controller-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const node = (code: string, ...args: string[]): string[] => [process.execPath, '-e', code, ...args];
  /** A line for each command that ran, with what it was given. */
  const noting = (what: string, ...args: string[]): string[] =>
    node(
      `require('node:fs').appendFileSync(process.argv[1], process.argv.slice(2).join(' ') + '\\n')`,
      join(folder, 'said'),
      what,
      ...args,
    );
  const said = (): string[] =>
    existsSync(join(folder, 'said')) ? readFileSync(join(folder, 'said'), 'utf8').trim().split('\n') : [];
  const untilSaid = async (lines: number): Promise<string[]> => {
    for (const end = Date.now() + 240_000; said().length < lines && Date.now() < end;) await later(20);
    return said();
  };
  const unit = (more: Partial<Extract<NodeControllerSpec, { kind: 'command' }>> = {}) =>
    new CommandNodeControllers({
      unit: { kind: 'command', halt: noting('halt'), start: noting('start'), ...more },
    }).command('unit');
  const request = { file: '/x/a b.rlp', name: 'a b.rlp', first: 5n, last: 9n };

  it('halts, exports, starts and fetches, every placeholder filled in and no shell in between', async () => {
    const controller = unit({
      export: noting('export', '{file}', '{first}..{last}', '$(id); {name}'),
      fetch: noting('fetch', 'host:{name}'),
    });
    const client = await controller.halt({ limitMs: 60_000, signal: forever() });
    await client.export(request, forever());
    await client.start();
    await client.fetch(request, forever());
    expect(said()).toEqual(['halt', 'export /x/a b.rlp 5..9 $(id); a b.rlp', 'start', 'fetch host:a b.rlp']);
  });

  it('says exit code and last output of a command that fails, bounded', async () => {
    const loud = node(
      `process.stdout.write('x'.repeat(100000)); console.error('disk gone'); process.exitCode = 7`,
    );
    const client = await unit({ export: loud }).halt({ limitMs: 60_000, signal: forever() });
    const error = await rejection(client.export(request, forever()));
    await client.start();
    expect(error).toMatchObject({
      code: 'CONTROLLER_FAILED',
      message: 'The export command of controller unit ended with exit code 7: disk gone.',
      context: { controller: 'unit', step: 'export', exitCode: 7 },
    });
    expect(String(error.context['output']).length).toBeLessThan(17_000);
    const missing = unit({ start: ['/nowhere/systemctl'] });
    expect(await rejection(missing.start())).toMatchObject({ message: expect.stringContaining('ENOENT') });
  });

  it('ends the processes of a command when it is aborted', async () => {
    const pidFile = join(folder, 'pid');
    const hang = node(
      `const { spawn } = require('node:child_process'); const child = spawn('sleep', ['600']);
       require('node:fs').writeFileSync(process.argv[1], String(child.pid)); setTimeout(() => {}, 600000);`,
      pidFile,
    );
    const client = await unit({ export: hang }).halt({ limitMs: 60_000, signal: forever() });
    const abort = new AbortController();
    const exporting = client.export(request, abort.signal);
    while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') await later(10);
    abort.abort(new TypeError('time is up'));
    await expect(exporting).rejects.toThrow('time is up');
    await client.start();
    const state = (() => {
      try {
        return readFileSync(`/proc/${readFileSync(pidFile, 'utf8')}/stat`, 'utf8')
          .split(') ')[1]
          ?.charAt(0);
      } catch {
        return undefined;
      }
    })();
    expect([undefined, 'Z']).toContain(state);
  });

  it('starts the client when halting it fails', async () => {
    const halt = node('process.exitCode = 1');
    expect(await rejection(unit({ halt }).halt({ limitMs: 60_000, signal: forever() }))).toMatchObject({
      code: 'CONTROLLER_FAILED',
    });
    expect(said()).toEqual(['start']);
  });

  /** Watchdogs of this test that still run. */
  const watchdogs = (): string[] =>
    readdirSync('/proc').filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes('"limitMs"') && line.includes(folder);
      } catch {
        return false;
      }
    });
  const untilNoWatchdog = async (): Promise<void> => {
    const end = Date.now() + 240_000;
    while (watchdogs().length > 0 && Date.now() < end) await later(50);
    expect(watchdogs()).toEqual([]);
  };

  it('has a watchdog that starts the client at the limit when nobody does, and is dismissed by a start', async () => {
    const client = await unit().halt({ limitMs: 60_000, signal: forever() });
    expect(watchdogs()).toHaveLength(1);
    await client.start();
    await untilNoWatchdog();
    expect(said()).toEqual(['halt', 'start']);
    await unit().halt({ limitMs: 100, signal: forever() });
    expect(await untilSaid(4)).toEqual(['halt', 'start', 'halt', 'start']);
    await untilNoWatchdog();
  });

  it('refuses names that the local file does not define, and what a controller cannot do', async () => {
    const controllers = new CommandNodeControllers({
      disk: { kind: 'shared-disk', nodePath: '/exports', path: '/mnt' },
    });
    const refused = expect.objectContaining({ code: 'CONTROLLER_UNKNOWN' });
    expect(() => controllers.command('nobody')).toThrow(refused);
    expect(() => controllers.command(undefined)).toThrow(refused);
    expect(() => controllers.command('disk')).toThrow(refused);
    expect(controllers.sharedDisk('disk')).toMatchObject({ nodePath: '/exports', path: '/mnt' });
    const client = await unit().halt({ limitMs: 60_000, signal: forever() });
    await expect(client.export(request, forever())).rejects.toThrow(refused);
    await client.start();
  });
});
