import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { CodedError } from '#libs/kernel';
import type { ProviderDescription } from '#libs/object-store';
import type { DesiredNetwork } from './desired.js';
import { parseNetworkFile } from './parse-network-file.js';

/** Reads the network file before anything starts. CONFIG_INVALID with every problem of it. */
export const readNetworkFile = (
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  providers: readonly ProviderDescription[],
): DesiredNetwork => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CodedError('CONFIG_INVALID', `The network file ${file} cannot be read.`, { cause: error });
  }
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  return parseNetworkFile(text, { file: resolve(file), env, providers, readFile });
};
