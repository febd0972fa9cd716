import { CodedError } from '#libs/kernel';
import type { Json } from '#libs/network-file';
import type { ApiClient } from './api-client.js';

export type ScopeOptions = Readonly<{ consortium?: string; environment?: string }>;

const onlyOne = async (api: ApiClient, list: string, what: string, option: string): Promise<string> => {
  const items = ((await api.get(list)) as readonly Json[]).filter(({ state }) => state !== 'deleted');
  const [first, second] = items;
  if (first !== undefined && second === undefined) return String(first['_id']);
  const names = items.map(({ _id }) => String(_id)).join(', ');
  throw new CodedError(
    'INPUT_INVALID',
    items.length === 0
      ? `There is no ${what} yet.`
      : `There are several: give ${option} with one of ${names}.`,
  );
};

/** Path of the consortium that was named, or of the only one there is. */
export const consortiumPath = async (api: ApiClient, { consortium }: ScopeOptions): Promise<string> =>
  `consortia/${encodeURIComponent(consortium ?? (await onlyOne(api, 'consortia', 'consortium', '--consortium')))}`;

/** Path of the environment that was named, or of the only one there is. */
export const environmentPath = async (api: ApiClient, options: ScopeOptions): Promise<string> => {
  const list = `${await consortiumPath(api, options)}/environments`;
  const id = options.environment ?? (await onlyOne(api, list, 'environment', '--environment'));
  return `${list}/${encodeURIComponent(id)}`;
};
