import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  applyActions,
  parseNetworkFile,
  planNetwork,
  readActual,
  type Change,
  type DesiredNetwork,
  type NetworkAction,
} from '#libs/network-file';
import { unreadable } from '../archive/segment-bytes.js';
import { EXIT } from '../exit.js';
import type { ApiClient } from '../service/api-client.js';
import { ServiceNetworkApi } from '../service/network-api.js';
import { providersOf } from '../service/providers.js';
import { probeNodes, type NodeProbe } from '../service/probe-nodes.js';
import { optionsOf, type Session } from '../session.js';
import { checkLines } from './findings.js';

const SIGNS = { create: '+', update: '~', delete: '-', drift: '!', unchanged: ' ' } as const;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
};

/** The file as the service understands it: which providers there are, and what they need, is asked of it. */
const parse = async (file: string, { env }: Session, api: ApiClient): Promise<DesiredNetwork> => {
  const text = read(file);
  const providers = await providersOf(api);
  return parseNetworkFile(text, { file, env, providers, readFile: (path) => readFileSync(path, 'utf8') });
};

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const changeText = ({ field, from, to }: Change): string =>
  from === undefined ? `${field}: ${valueText(to)}` : `${field}: ${valueText(from)} -> ${valueText(to)}`;

const actionLines = ({ action, resource, id, changes }: NetworkAction): string[] => [
  `${SIGNS[action]} ${action} ${resource} ${id}`,
  ...changes.map((change) => `      ${changeText(change)}`),
];

const isDue =
  (prune: boolean) =>
  ({ action }: NetworkAction): boolean =>
    action === 'create' || action === 'update' || (action === 'delete' && prune);

const planText = (actions: readonly NetworkAction[], prune: boolean): string => {
  const due = actions.filter(isDue(prune));
  const kept = actions.filter(({ action }) => action === 'delete').length;
  const surplus =
    prune || kept === 0
      ? ''
      : ` ${kept} not in the file ${kept === 1 ? 'is' : 'are'} kept. Use --prune to remove ${kept === 1 ? 'it' : 'them'}.`;
  return [
    ...due.flatMap(actionLines),
    `${due.length === 0 ? 'Nothing to change.' : `${due.length} ${due.length === 1 ? 'change' : 'changes'}.`}${surplus}`,
  ].join('\n');
};

const probeText = (probes: readonly NodeProbe[]): string =>
  probes
    .flatMap(({ node, environment, ok, findings }) => [
      `node ${node} of ${environment}: ${ok ? 'usable' : 'not usable yet'}`,
      ...checkLines(findings),
    ])
    .join('\n');

type Options = Readonly<{ file: string; prune: boolean }>;

const plan = async (session: Session, command: Command): Promise<void> => {
  const { file, prune } = command.opts<Options>();
  const { json } = optionsOf(command);
  const api = await session.api();
  const desired = await parse(file, session, api);
  const actions = planNetwork(desired, await readActual(new ServiceNetworkApi(api), desired));
  const probes = await probeNodes(api, desired, (id) => {
    session.terminal.progress(`probing node ${id}`);
  });
  // The bodies hold the secrets of the file.
  const shown = actions.map(({ body: _body, ...action }) => action);
  await session.show(json, { actions: shown, probes }, () =>
    [planText(actions, prune), probeText(probes)].filter((text) => text !== '').join('\n\n'),
  );
  if (probes.some(({ ok }) => !ok)) session.exit = EXIT.foundWrong;
};

const apply = async (session: Session, command: Command): Promise<void> => {
  const { file, prune } = command.opts<Options>();
  const { json } = optionsOf(command);
  const client = await session.api();
  const desired = await parse(file, session, client);
  const api = new ServiceNetworkApi(client);
  const actions = planNetwork(desired, await readActual(api, desired));
  const done = await applyActions(api, actions, {
    prune,
    onDone: ({ action, resource, id }) => {
      if (!json) session.terminal.note(`${action} ${resource} ${id}`);
    },
  });
  const shown = done.map(({ body: _body, ...action }) => action);
  await session.show(json, { done: shown }, () =>
    done.length === 0
      ? 'Nothing to change.'
      : `${done.length} ${done.length === 1 ? 'change' : 'changes'} applied. ${desired.consortiumId} matches ${file}.`,
  );
};

/** `chainkeep plan|apply` */
export const addNetworkCommands = (program: Command, session: Session): void => {
  const add = (name: string, description: string, action: typeof plan): void => {
    const command = program
      .command(name)
      .description(description)
      .requiredOption('-f, --file <file>', 'the network file')
      .option('--prune', 'remove resources that are not in the file', false);
    command.action(async () => action(session, command));
  };
  add('plan', 'show what apply would change and probe the nodes, without changing anything', plan);
  add('apply', 'make the service match the network file', apply);
};
