import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CodedError } from '#libs/kernel';
import {
  applyActions,
  parseNetworkFile,
  planNetwork,
  readActual,
  type DesiredNetwork,
  type Json,
  type NetworkAction,
} from '#libs/network-file';
import type { ApiClient } from '../api-client.js';
import { withJson, type CliContext, type Shared } from '../context.js';
import { EXIT } from '../exit-codes.js';
import { cell } from '../output.js';

type Options = Shared & Readonly<{ file: string; prune?: boolean }>;
type Probe = Readonly<{ node: string; ok: boolean; findings: readonly Json[] }>;

const desiredOf = (file: string, context: CliContext): DesiredNetwork => {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  let source: string;
  try {
    source = readFile(file);
  } catch (error) {
    throw new CodedError('INPUT_INVALID', `The network file ${file} cannot be read.`, { cause: error });
  }
  return parseNetworkFile(source, { file, env: context.env, readFile });
};

const SIGNS = { create: '+', update: '~', delete: '-', unchanged: ' ', drift: '!' } as const;

const actionLines = ({ action, resource, id, changes }: NetworkAction): string[] => [
  `${SIGNS[action]} ${action} ${resource} ${id}`,
  ...changes.map(({ field, from, to }) => `    ${field}: ${cell(from)} -> ${cell(to)}`),
];

const shownAction = ({ body: _body, ...action }: NetworkAction): Omit<NetworkAction, 'body'> => action;

/** Every node of the file as the service sees it; controllers are no part of what is sent. */
const probeAll = async (api: ApiClient, desired: DesiredNetwork): Promise<Probe[]> => {
  const environments = new Map(desired.resources.map((one) => [`${one.list}/${one.id}`, one]));
  const nodes = desired.resources.filter(({ kind }) => kind === 'node');
  return Promise.all(
    nodes.map(async ({ id, list, fields }) => {
      const environment = environments.get(list.replace(/\/nodes$/, ''))?.fields ?? {};
      const { urls, auth, tls, proxy, name } = fields;
      const known = {
        name,
        urls,
        auth,
        tls,
        proxy,
        provider: environment['provider'],
        chain_id: environment['chain_id'],
      };
      const answer = (await api.post('probe', known)) as Omit<Probe, 'node'>;
      return { node: id, ok: answer.ok, findings: answer.findings };
    }),
  );
};

const probeLines = ({ node, findings }: Probe): string[] => [
  `node ${node}`,
  ...findings.flatMap(({ check, result, message, cure }) => [
    `  ${cell(result)} ${cell(check)}: ${cell(message)}`,
    ...(result === 'ok' || cure === undefined || cure === '' ? [] : [`      cure: ${cell(cure)}`]),
  ]),
];

const summary = (actions: readonly NetworkAction[]): string => {
  const count = (name: NetworkAction['action']): number =>
    actions.filter(({ action }) => action === name).length;
  return `${count('create')} to create, ${count('update')} to change, ${count('delete')} to delete (with --prune), ${count('unchanged')} unchanged`;
};

const plan = async (context: CliContext, { file, ...options }: Options): Promise<void> => {
  const output = context.output(options);
  const api = context.api();
  const desired = desiredOf(file, context);
  const actions = planNetwork(desired, await readActual(api, desired));
  const probes = await probeAll(api, desired);
  output.show({ actions: actions.map(shownAction), probes }, () => [
    ...actions.filter(({ action }) => action !== 'unchanged').flatMap(actionLines),
    summary(actions),
    ...probes.flatMap(probeLines),
  ]);
  if (probes.some(({ ok }) => !ok)) context.end(EXIT.foundWrong);
};

const apply = async (context: CliContext, { file, prune, ...options }: Options): Promise<void> => {
  const output = context.output(options);
  const api = context.api();
  const desired = desiredOf(file, context);
  const actions = planNetwork(desired, await readActual(api, desired));
  const onDone = (action: NetworkAction): void => {
    if (!output.isJson) for (const line of actionLines(action)) output.line(line);
  };
  const done = await applyActions(api, actions, { prune: prune === true, onDone });
  const kept = actions.filter((action) => action.action === 'delete' && !done.includes(action));
  output.show({ done: done.map(shownAction), kept: kept.map(shownAction) }, () => [
    ...kept.map(({ resource, id }) => `  not in the file, kept (--prune deletes it): ${resource} ${id}`),
    done.length === 0 ? 'Nothing to change.' : `${done.length} done.`,
  ]);
};

/** `plan` and `apply`: the network file and the service. */
export const addNetworkCommands = (program: Command, context: CliContext): void => {
  withJson(program.command('plan'))
    .description('show what apply would do, and look at every node of the file (exit 1 when a node fails)')
    .requiredOption('-f, --file <file>', 'the network file')
    .action((options: Options) => plan(context, options));
  withJson(program.command('apply'))
    .description('make the service hold what the network file says')
    .requiredOption('-f, --file <file>', 'the network file')
    .option('--prune', 'also delete what the file does not name')
    .action((options: Options) => apply(context, options));
};
