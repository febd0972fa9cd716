import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { DesiredNetwork, DesiredPart, DesiredResource, Json } from './desired.js';
import { FileText, type Path } from './document/problems.js';
import { checkRules } from './document/rules.js';
import {
  looseFile,
  networkFile,
  type FileEnvironment,
  type FileNode,
  type FileTarget,
  type NetworkFile,
} from './schema.js';

export type NetworkFileOptions = Readonly<{
  /** Path of the file: relative paths in it are relative to its folder. */
  file: string;
  /** Variables for `${NAME}`. */
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a file the network file names, as text; throws when it cannot. */
  readFile: (path: string) => string;
}>;

type Reading = Readonly<{ text: FileText; options: NetworkFileOptions }>;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const absolute = ({ options }: Reading, path: string): string => resolve(dirname(options.file), path);

const readText = (reading: Reading, at: Path, path: string): string => {
  try {
    return reading.options.readFile(absolute(reading, path));
  } catch (error) {
    reading.text.problem(at, `the file cannot be read (${reasonOf(error)}). Mend the path.`);
    return '';
  }
};

const readJson = (reading: Reading, at: Path, path: string): unknown => {
  const text = readText(reading, at, path);
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch (error) {
    reading.text.problem(at, `the file is no JSON (${reasonOf(error)}). Mend it.`);
    return undefined;
  }
};

const given = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const tlsOf = (reading: Reading, at: Path, tls: FileNode['tls']): Json | undefined => {
  if (tls === undefined) return undefined;
  const pem = (name: 'ca' | 'cert' | 'key'): string | undefined => {
    const value = tls[name];
    if (value === undefined || value.includes('-----BEGIN')) return value;
    return readText(reading, [...at, 'tls', name], value);
  };
  return given({ ca: pem('ca'), cert: pem('cert'), key: pem('key'), serverName: tls.serverName });
};

const urlsOf = ({ rpc, urls }: FileNode): Json => {
  if (rpc === undefined) return given(urls ?? {});
  return rpc.startsWith('/') ? { ipc: rpc } : { [/^wss?:/.test(rpc) ? 'wss' : 'rpc']: rpc };
};

const nodeOf = (reading: Reading, at: Path, list: string, node: FileNode): DesiredResource => ({
  kind: 'node',
  id: node.id,
  list,
  fields: given({
    name: node.name ?? node.id,
    role: node.role,
    membership_id: node.member,
    urls: urlsOf(node),
    auth: node.auth,
    tls: tlsOf(reading, at, node.tls),
    proxy: node.proxy,
    controller: node.controller,
  }),
});

const targetOf = (reading: Reading, consortium: string, target: FileTarget): DesiredResource => {
  const { id, name, member, environment, ...details } = target;
  const isDirectory = details.path !== undefined;
  return {
    kind: 'target',
    id,
    list: `${consortium}/environments/${environment}/configurations`,
    fields: {
      name: name ?? id,
      membership_id: member,
      type: 'backup',
      details: given({
        environment_backup_target: false,
        ...details,
        ...(isDirectory ? { path: absolute(reading, details.path ?? '') } : {}),
      }),
    },
  };
};

const environmentOf = (reading: Reading, list: string, environment: FileEnvironment): DesiredResource => {
  const { id, name, description, provider, consensus, chain_id: chainId, managed } = environment;
  return {
    kind: 'environment',
    id,
    list,
    fields: given({
      name: name ?? id,
      description,
      provider,
      consensus_type: consensus,
      chain_id: chainId,
      managed: managed && { ...managed, path: absolute(reading, managed.path) },
    }),
  };
};

const partsOf = (reading: Reading, path: string, index: number, from: FileEnvironment): DesiredPart[] => {
  const at = ['environments', index, 'genesis'];
  const genesis = from.genesis === undefined ? undefined : readJson(reading, at, from.genesis);
  const parts: DesiredPart[] = [];
  if (genesis !== undefined)
    parts.push({ kind: 'genesis', id: from.id, path: `${path}/genesis`, fields: genesis as Json });
  if (from.backup !== undefined)
    parts.push({ kind: 'backup', id: from.id, path: `${path}/backup`, fields: given(from.backup) });
  return parts;
};

const desiredOf = (reading: Reading, file: NetworkFile): DesiredNetwork => {
  const { id, ...consortiumFields } = file.consortium;
  const consortium = `consortia/${id}`;
  const environments = `${consortium}/environments`;
  const members = file.members.map(({ id: memberId, name, verification_proof }): DesiredResource => ({
    kind: 'member',
    id: memberId,
    list: `${consortium}/memberships`,
    fields: given({ org_name: name, verification_proof }),
  }));
  const placed = file.environments.flatMap((environment, index) => [
    environmentOf(reading, environments, environment),
    ...environment.nodes.map((node, place) => {
      const at = ['environments', index, 'nodes', place];
      return nodeOf(reading, at, `${environments}/${environment.id}/nodes`, node);
    }),
  ]);
  return {
    consortiumId: id,
    resources: [
      { kind: 'consortium', id, list: 'consortia', fields: given(consortiumFields) },
      ...members,
      ...placed,
      ...file.targets.map((target) => targetOf(reading, consortium, target)),
    ],
    parts: file.environments.flatMap((environment, index) =>
      partsOf(reading, `${environments}/${environment.id}`, index, environment),
    ),
    controllers: file.controllers,
  };
};

const addIssue = (text: FileText, issue: z.core.$ZodIssue): void => {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code !== 'unrecognized_keys') {
    text.problem(path, `${issue.message}. Mend the value.`);
    return;
  }
  for (const key of issue.keys)
    text.problem([...path, key], 'this key is not known. Remove it or mend its spelling.');
};

/**
 * Reads a network file into what the service should hold. Throws CONFIG_INVALID with every problem at once, each with
 * its line, column, path and cure; `context.problems` counts them. Values of variables never stand in a problem.
 */
export const parseNetworkFile = (source: string, options: NetworkFileOptions): DesiredNetwork => {
  const text = new FileText(options.file, source);
  text.assertClean();
  text.interpolate(options.env);
  const value = text.toValue();
  const result = networkFile.safeParse(value);
  for (const issue of result.error?.issues ?? []) addIssue(text, issue);
  checkRules(text, looseFile.parse(value));
  if (!result.success) return text.fail();
  const desired = desiredOf({ text, options }, result.data);
  text.assertClean();
  return desired;
};
