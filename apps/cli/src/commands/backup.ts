import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '#libs/network-file';
import type { ApiClient } from '../api-client.js';
import { withJson, withScope, type CliContext, type Shared } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { cell, table, type Output } from '../output.js';
import { environmentPath } from '../scope.js';

const POLL_MS = 1_000;
const OPEN = new Set(['requested', 'agreed']);
const FINE = new Set(['completed', 'skipped', 'coalesced']);

const fieldLines = (value: Json): string[] =>
  table(Object.entries(value).map(([name, inner]) => [name, cell(inner)]));

const progressOf = ({ state, files, planned_files: planned }: Json): string =>
  `${cell(state)}: ${Array.isArray(files) ? files.length : 0} of ${cell(planned)} files`;

const follow = async (api: ApiClient, path: string, first: Json, output: Output): Promise<Json> => {
  let run = first;
  while (OPEN.has(String(run['state']))) {
    output.progress(progressOf(run));
    await sleep(POLL_MS);
    run = (await api.get(`${path}/${String(run['_id'])}`)) as Json;
  }
  output.progress('');
  return run;
};

const runLines = ({ _id, state, range, error, files }: Json): string[] => {
  const { code, message, hint } = (error ?? {}) as Json;
  return [
    `run ${cell(_id)}: ${cell(state)}, ${Array.isArray(files) ? files.length : 0} files, range ${cell(range)}`,
    ...(code === undefined ? [] : [`${cell(code)}: ${cell(message)}`, `hint: ${cell(hint)}`]),
  ];
};

const run = async (context: CliContext, options: Shared & Readonly<{ wait: boolean }>): Promise<void> => {
  const api = context.api();
  const output = context.output(options);
  const path = `${await environmentPath(api, options)}/backup/runs`;
  const first = (await api.post(path, {})) as Json;
  const last = options.wait ? await follow(api, path, first, output) : first;
  output.show(last, () => runLines(last));
  if (options.wait && !FINE.has(String(last['state'])))
    context.end(last['state'] === 'disputed' ? EXIT.foundWrong : EXIT.notFinished);
};

const read = async (context: CliContext, options: Shared, part: 'status' | 'history'): Promise<void> => {
  const api = context.api();
  const answer = (await api.get(`${await environmentPath(api, options)}/backup/${part}`)) as Json;
  if (part === 'status') {
    context.output(options).show(answer, () => fieldLines(answer));
    return;
  }
  const entries = (answer['history'] ?? []) as readonly Json[];
  context
    .output(options)
    .show(answer, () => [
      `latest backup: ${cell(answer['latest_backup'])}`,
      ...entries.map(
        ({ file, canonical_chain: canonical }) =>
          `${cell(file)}${canonical === true ? '' : '  (superseded)'}`,
      ),
    ]);
};

const enable = async (context: CliContext, options: Shared, enabled: boolean): Promise<void> => {
  const api = context.api();
  const answer = (await api.patch(`${await environmentPath(api, options)}/backup`, { enabled })) as Json;
  context.output(options).show(answer, () => fieldLines(answer));
};

/** `backup ...`: runs, status, history and the switch of an environment. */
export const addBackupCommands = (program: Command, context: CliContext): void => {
  const backup = program.command('backup').description('backups of an environment');
  const add = (name: string, text: string): Command =>
    withJson(withScope(backup.command(name).description(text)));
  add('run', 'request a backup and follow it until it is closed')
    .option('--no-wait', 'return as soon as the service took the request')
    .action((options: Shared & { wait: boolean }) => run(context, options));
  add('status', 'what is going on').action((options: Shared) => read(context, options, 'status'));
  add('history', 'every file since block 0').action((options: Shared) => read(context, options, 'history'));
  add('enable', 'let backups run').action((options: Shared) => enable(context, options, true));
  add('disable', 'let no backup run').action((options: Shared) => enable(context, options, false));
};
