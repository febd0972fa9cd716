import type { Command } from 'commander';
import { EXIT, UsageProblem } from '../exit.js';
import { followRun } from '../service/follow-run.js';
import type { Decision, Reanchor, Release, Run, Settings, Status } from '../service/api-client.js';
import { aboutEnvironment, optionsOf, type Session } from '../session.js';
import { fields } from '../terminal/table.js';
import { historyText, runFailure, runText } from './backup.texts.js';
import { findingLines } from './findings.js';
import { parseHistoryDocument } from '#libs/archive';

const run = async (session: Session, command: Command): Promise<void> => {
  const { wait } = command.opts<{ wait: boolean }>();
  const { json, ...options } = optionsOf(command);
  const { api, place } = await session.place(options);
  const requested = (await api.request('POST', `${place.path}/backup/runs`)) as Run;
  if (!wait) {
    await session.show(json, requested, () => `Run ${requested._id} was requested.`);
    return;
  }
  const closed = await followRun({ api, place }, requested, session.terminal);
  await session.show(json, closed, () => runText(closed));
  const failure = runFailure(closed);
  if (failure !== undefined) session.terminal.note(failure);
  // A completed run may have recorded what an operator released although its seals are not right.
  if (closed.findings.some(({ severity }) => severity === 'error')) session.exit = EXIT.foundWrong;
};

const statusText = (environment: string, status: Status): string => {
  const { progress, last_run: last, findings } = status;
  const outcome = last === null ? null : `${last.outcome}${last.code ? ` (${last.code})` : ''} at ${last.at}`;
  const facts = fields([
    ['environment', environment],
    ['backups', status.enabled ? 'enabled' : 'disabled'],
    ['now', status.phase],
    ...(progress === null
      ? []
      : ([['progress', `file ${progress.files_done} of ${progress.files_planned}`]] as const)),
    ['monitor', status.monitor],
    ['protected block', status.protected_block],
    ['head block', status.head_block],
    ['blocks behind', status.lag_blocks],
    ['last success', status.last_success_at],
    ['last run', outcome],
    ['next run', status.next_run_at],
    ...(status.overdue_since === null ? [] : ([['overdue since', status.overdue_since]] as const)),
  ]);
  return [facts, ...(findings.length === 0 ? [] : ['', ...findingLines(findings, '')])].join('\n');
};

const status = async (session: Session, command: Command): Promise<void> => {
  const { json, ...options } = optionsOf(command);
  const { api, place } = await session.place(options);
  const found = (await api.get(`${place.path}/backup/status`)) as Status;
  await session.show(json, found, () => statusText(place.environment, found));
};

const history = async (session: Session, command: Command): Promise<void> => {
  const { extended, asOf } = command.opts<{ extended?: true; asOf?: string }>();
  const { json, ...options } = optionsOf(command);
  const { api, place } = await session.place(options);
  const query = new URLSearchParams({
    ...(extended === undefined ? {} : { extended: 'true' }),
    ...(asOf === undefined ? {} : { as_of: asOf }),
  });
  const text = await api.text(
    `${place.path}/backup/history${query.size === 0 ? '' : `?${query.toString()}`}`,
  );
  // As it is downloaded, byte for byte: the file that restore tools read.
  if (json) await session.terminal.text(text);
  else await session.terminal.line(historyText(parseHistoryDocument(text)));
};

const toggle =
  (enabled: boolean) =>
  async (session: Session, command: Command): Promise<void> => {
    const { json, ...options } = optionsOf(command);
    const { api, place } = await session.place(options);
    const settings = (await api.request('PATCH', `${place.path}/backup`, { enabled })) as Settings;
    const [next] = settings.next_runs;
    const when = next === undefined ? '' : ` The next run is at ${next}.`;
    const word = settings.enabled ? 'enabled' : 'disabled';
    await session.show(json, settings, () => `Backups of ${place.environment} are ${word}.${when}`);
  };

const reasonOf = (command: Command): string => command.opts<{ reason: string }>().reason;

const release = async (session: Session, command: Command): Promise<void> => {
  const { json, ...options } = optionsOf(command);
  const { api, place } = await session.place(options);
  const path = `${place.path}/backup/runs/${encodeURIComponent(command.args[0] ?? '')}/release`;
  const released = (await api.request('POST', path, { reason: reasonOf(command) })) as Release;
  const { start_block: start, end_block: end } = released;
  await session.show(
    json,
    released,
    () => `Blocks ${start} to ${end} are released. The next run records them with their verdict.`,
  );
};

const reanchor = async (session: Session, command: Command): Promise<void> => {
  const { json, ...options } = optionsOf(command);
  const { api, place } = await session.place(options);
  const body = { reason: reasonOf(command) };
  const anchor = (await api.request('POST', `${place.path}/backup/reanchor`, body)) as Reanchor;
  await session.show(
    json,
    anchor,
    () => `Validators are followed from block ${anchor.block} on, as the nodes state them there.`,
  );
};

const decide = async (session: Session, command: Command): Promise<void> => {
  const { keep, supersede } = command.opts<{ keep?: true; supersede?: true }>();
  if (keep === supersede)
    throw new UsageProblem('Give either --keep or --supersede.', 'See chainkeep decide --help.');
  const { json, ...options } = optionsOf(command);
  const environment = command.args[0] ?? options.environment;
  const { api, place } = await session.place({
    ...options,
    ...(environment === undefined ? {} : { environment }),
  });
  const body = { decision: keep ? 'keep' : 'supersede', reason: reasonOf(command) };
  const made = (await api.request('POST', `${place.path}/backup/decide`, body)) as Decision;
  await session.show(json, made, () =>
    made.decision === 'keep'
      ? `The files of ${place.environment} are kept. Runs are disputed while the nodes hold another chain.`
      : `The next run of ${place.environment} replaces the files. To start it now, run: chainkeep backup run`,
  );
};

const takeOver = async (session: Session, command: Command): Promise<void> => {
  const { json, ...options } = optionsOf(command);
  const { api, place } = await session.place(options);
  const taken = (await api.request('POST', `${place.path}/backup/managed/takeover`)) as { epoch: number };
  await session.show(
    json,
    taken,
    () =>
      `The managed bucket belongs to this installation (epoch ${taken.epoch}). Other writers are refused.`,
  );
};

/** `chainkeep decide ...` */
export const addDecideCommand = (program: Command, session: Session): void => {
  const command = aboutEnvironment(program.command('decide [environment]'))
    .description('keep or replace files of the backup that the nodes left')
    .option('--keep', 'keep the files as they are')
    .option('--supersede', 'replace the files by the chain that the nodes hold')
    .requiredOption('--reason <text>', 'why, for the record');
  command.action(async () => decide(session, command));
};

/** `chainkeep backup ...` */
export const addBackupCommands = (program: Command, session: Session): void => {
  const group = aboutEnvironment(
    program.command('backup').description('run backups and show their status and history'),
  );
  const add = (name: string, description: string, action: typeof run): Command => {
    const command = group.command(name).description(description);
    return command.action(async () => action(session, command));
  };
  add('run', 'back up now and wait until the run has ended', run).option(
    '--no-wait',
    'request the run and exit',
  );
  add('status', 'show the current run and how far the backup is behind the chain', status);
  add('history', 'print the history: every file since block 0', history)
    .option('--extended', 'include digests, sizes, certificates and targets (with --json)')
    .option('--as-of <time>', 'the history as of this time (ISO 8601)');
  const why = ['--reason <text>', 'why, for the record'] as const;
  add(
    'release <run>',
    'let the next run record the file that a run held back for its seals',
    release,
  ).requiredOption(...why);
  add('reanchor', 'follow the validators again from the last backed-up block', reanchor).requiredOption(
    ...why,
  );
  add('takeover', 'make the managed bucket belong to this installation again', takeOver);
  add('enable', 'turn on scheduled backups', toggle(true));
  add('disable', 'turn off scheduled backups', toggle(false));
};
