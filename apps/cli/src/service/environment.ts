import { UsageProblem } from '../exit.js';
import type { ApiClient } from './api-client.js';

export type EnvironmentOptions = Readonly<{ consortium?: string; environment?: string }>;

/** The environment a command is about. `path` is under /api/v1. */
export type ChosenEnvironment = Readonly<{ consortium: string; environment: string; path: string }>;

type Resource = Readonly<{ _id: string }>;

/** The only one there is, else a problem that names the choices. */
const onlyOf = (kind: string, option: string, resources: readonly Resource[]): string => {
  const [only, second] = resources;
  if (only === undefined)
    throw new UsageProblem(`There is no ${kind} yet.`, 'Register one: chainkeep apply -f network.yaml.');
  if (second === undefined) return only._id;
  const names = resources.map(({ _id }) => _id).sort();
  throw new UsageProblem(`Choose one with ${option}.`, `One of ${names.join(', ')}.`);
};

/** Finds the environment that is meant. Throws INPUT_INVALID when nothing says which of several. */
export const findEnvironment = async (
  api: ApiClient,
  options: EnvironmentOptions,
): Promise<ChosenEnvironment> => {
  const consortium =
    options.consortium ??
    onlyOf('consortium', '--consortium', (await api.get('/consortia')) as readonly Resource[]);
  const under = `/consortia/${encodeURIComponent(consortium)}/environments`;
  const environment =
    options.environment ??
    onlyOf('environment', '--environment', (await api.get(under)) as readonly Resource[]);
  return { consortium, environment, path: `${under}/${encodeURIComponent(environment)}` };
};
