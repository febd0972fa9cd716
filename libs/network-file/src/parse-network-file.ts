import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { beyondJsonBounds } from '#libs/kernel';
import type { LocalPlaces, ProviderDescription } from '#libs/object-store';
import type { DesiredNetwork, DesiredPart, DesiredResource, Json } from './desired.js';
import { FileText, type Path } from './document/problems.js';
import { checkRules } from './document/rules.js';
import type { FileBucket } from './provider-fields.js';
import {
  looseFile,
  networkFileOf,
  type FileEnvironment,
  type FileNode,
  type FileTarget,
  type LooseFile,
  type NetworkFile,
} from './schema.js';

const PEM_FIELDS = ['ca', 'cert', 'key'] as const;

export type NetworkFileOptions = Readonly<{
  /** Path of the file: relative paths in it are relative to its folder. */
  file: string;
  /** Variables for `${NAME}`. */
  env: Readonly<Record<string, string | undefined>>;
  /** The providers a bucket can have, as `GET /providers` answers them. */
  providers: readonly ProviderDescription[];
  /** Reads a file the network file names, as text; throws when it cannot. */
  readFile: (path: string) => string;
}>;

type Reading = Readonly<{ text: FileText; options: NetworkFileOptions; files: ReadonlyMap<string, string> }>;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const absolute = (options: NetworkFileOptions, path: string): string => resolve(dirname(options.file), path);

const isPem = (value: string): boolean => value.includes('-----BEGIN');

/** The files the network file names, with the place of each name. */
const namedFiles = (file: LooseFile): readonly (readonly [Path, string])[] =>
  file.environments.flatMap(({ genesis, nodes }, index) => [
    ...(genesis === undefined ? [] : [[['environments', index, 'genesis'], genesis] as const]),
    ...nodes.flatMap(({ tls = {} }, place) =>
      PEM_FIELDS.flatMap((name) => {
        const value = tls[name];
        const at = ['environments', index, 'nodes', place, 'tls', name];
        return value === undefined || isPem(value) ? [] : [[at, value] as const];
      }),
    ),
  ]);

/** Rejects with a SyntaxError what is not JSON; a document that is nested too deep is a problem. */
const readGenesis = (text: FileText, at: Path, content: string): void => {
  const beyond = beyondJsonBounds(Buffer.from(content));
  if (beyond !== undefined) text.problem(at, `the file cannot be used: ${beyond}. Correct the file.`);
  else JSON.parse(content);
};

/** Reads every file that is named; each that cannot be read, or does not hold what it should, is a problem. */
const readFiles = (text: FileText, file: LooseFile, options: NetworkFileOptions): Map<string, string> => {
  const files = new Map<string, string>();
  for (const [at, name] of namedFiles(file)) {
    const path = absolute(options, name);
    try {
      const content = options.readFile(path);
      if (at.at(-1) === 'genesis') readGenesis(text, at, content);
      else if (!isPem(content))
        text.problem(at, 'the file holds no PEM. Name a file that begins with -----BEGIN.');
      files.set(path, content);
    } catch (error) {
      // What a parser quotes of a file stays out of problems.
      const reason =
        error instanceof SyntaxError ? 'is not valid JSON' : `cannot be read (${reasonOf(error)})`;
      text.problem(at, `the file ${reason}. Correct the path or the file.`);
    }
  }
  return files;
};

const contentOf = ({ options, files }: Reading, path: string): string =>
  files.get(absolute(options, path)) ?? '';

const given = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const tlsOf = (reading: Reading, tls: FileNode['tls']): Json | undefined => {
  if (tls === undefined) return undefined;
  const pem = (name: 'ca' | 'cert' | 'key'): string | undefined => {
    const value = tls[name];
    return value === undefined || isPem(value) ? value : contentOf(reading, value);
  };
  return given({ ca: pem('ca'), cert: pem('cert'), key: pem('key'), serverName: tls.serverName });
};

const urlsOf = ({ rpc, urls }: FileNode): Json => {
  if (rpc === undefined) return given(urls ?? {});
  return rpc.startsWith('/') ? { ipc: rpc } : { [/^wss?:/.test(rpc) ? 'wss' : 'rpc']: rpc };
};

const nodeOf = (reading: Reading, list: string, node: FileNode): DesiredResource => ({
  kind: 'node',
  id: node.id,
  list,
  initial: { name: node.id },
  fields: given({
    name: node.name,
    role: node.role,
    membership_id: node.member,
    urls: urlsOf(node),
    auth: node.auth,
    tls: tlsOf(reading, node.tls),
    proxy: node.proxy,
    controller: node.controller,
    same_as: node.same_as,
    address: node.address?.toLowerCase(),
  }),
});

/** A bucket with its paths made absolute: they are relative to the folder of the file. */
const bucketFields = ({ options }: Reading, bucket: FileBucket): Json => {
  const provider = options.providers.find(({ name }) => name === bucket.provider);
  const paths = (provider?.details ?? []).flatMap(({ name, type }) => {
    const value = bucket[name];
    return type === 'path' && typeof value === 'string' ? [[name, absolute(options, value)] as const] : [];
  });
  return given({ ...bucket, ...Object.fromEntries<unknown>(paths) });
};

const targetOf = (reading: Reading, consortium: string, target: FileTarget): DesiredResource => {
  const { id, name, member, environment, ...bucket } = target;
  return {
    kind: 'target',
    id,
    list: `${consortium}/environments/${environment}/configurations`,
    initial: { name: id, type: 'backup' },
    fields: given({ name, membership_id: member, details: bucketFields(reading, bucket) }),
  };
};

const environmentOf = (reading: Reading, list: string, environment: FileEnvironment): DesiredResource => {
  const { id, name, description, provider, consensus, chain_id: chainId, managed } = environment;
  return {
    kind: 'environment',
    id,
    list,
    initial: { name: id },
    fields: given({
      name,
      description,
      provider,
      consensus_type: consensus,
      chain_id: chainId,
      managed: managed && bucketFields(reading, managed),
    }),
  };
};

const partsOf = (reading: Reading, path: string, from: FileEnvironment): DesiredPart[] => {
  const genesis =
    from.genesis === undefined ? undefined : (JSON.parse(contentOf(reading, from.genesis)) as Json);
  const parts: DesiredPart[] = [];
  if (genesis !== undefined)
    parts.push({ kind: 'genesis', id: from.id, path: `${path}/genesis`, fields: genesis });
  if (from.backup !== undefined)
    parts.push({ kind: 'backup', id: from.id, path: `${path}/backup`, fields: given(from.backup) });
  return parts;
};

const controllersOf = ({ options }: Reading, file: NetworkFile): DesiredNetwork['controllers'] =>
  Object.fromEntries(
    Object.entries(file.controllers).map(([name, controller]) => [
      name,
      controller.kind === 'command'
        ? controller
        : { kind: controller.kind, nodePath: controller.node_path, path: absolute(options, controller.path) },
    ]),
  );

/** What the file spells out of buckets, and what else it lets the API use. */
const placesOf = (reading: Reading, file: NetworkFile): LocalPlaces => {
  const spelled = (bucket: FileBucket) => {
    const { provider, ...details } = bucketFields(reading, bucket);
    return { provider: String(provider), details };
  };
  const managed = file.environments.flatMap(({ id, managed: bucket }) =>
    bucket === undefined ? [] : [[id, spelled(bucket)] as const],
  );
  return {
    targets: new Map(file.targets.map((target) => [target.id, spelled(target)] as const)),
    managed: new Map(managed),
    ownCredentials: file.own_credentials.map(({ bucket, endpoint }) => ({
      bucket,
      endpoint: endpoint?.replace(/\/+$/, ''),
    })),
    directoryRoots: file.directory_roots?.map((path) => absolute(reading.options, path)),
  };
};

const desiredOf = (reading: Reading, file: NetworkFile): DesiredNetwork => {
  const { id, ...consortiumFields } = file.consortium;
  const consortium = `consortia/${id}`;
  const environments = `${consortium}/environments`;
  const members = file.members.map(({ id: memberId, name, verification_proof }): DesiredResource => ({
    kind: 'member',
    id: memberId,
    list: `${consortium}/memberships`,
    initial: {},
    fields: given({ org_name: name, verification_proof }),
  }));
  const placed = file.environments.flatMap((environment) => [
    environmentOf(reading, environments, environment),
    ...environment.nodes.map((node) => nodeOf(reading, `${environments}/${environment.id}/nodes`, node)),
  ]);
  return {
    consortiumId: id,
    resources: [
      { kind: 'consortium', id, list: 'consortia', initial: {}, fields: given(consortiumFields) },
      ...members,
      ...placed,
      ...file.targets.map((target) => targetOf(reading, consortium, target)),
    ],
    parts: file.environments.flatMap((environment) =>
      partsOf(reading, `${environments}/${environment.id}`, environment),
    ),
    controllers: controllersOf(reading, file),
    places: placesOf(reading, file),
  };
};

const addIssue = (text: FileText, issue: z.core.$ZodIssue): void => {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      text.problem([...path, key], 'unknown key. Remove it or correct its spelling.');
    return;
  }
  const isMissing = issue.message.includes('received undefined');
  text.problem(path, isMissing ? 'it is required. Add it.' : `${issue.message}. Correct the value.`);
};

/**
 * Reads a network file into what the service should hold. Throws CONFIG_INVALID with every problem at once, each with
 * its line, column, path and cure; `context.problems` counts them. Neither URLs nor secrets stand in a problem.
 */
export const parseNetworkFile = (source: string, options: NetworkFileOptions): DesiredNetwork => {
  const text = new FileText(options.file, source);
  text.assertClean();
  text.interpolate(options.env);
  const value = text.toValue();
  const result = networkFileOf(options.providers).safeParse(value);
  for (const issue of result.error?.issues ?? []) addIssue(text, issue);
  const loose = looseFile.parse(value);
  checkRules(text, loose, options.providers);
  const files = readFiles(text, loose, options);
  if (!result.success) return text.fail();
  text.assertClean();
  return desiredOf({ text, options, files }, result.data);
};
