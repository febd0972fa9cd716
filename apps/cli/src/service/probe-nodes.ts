import { hasCode, toCodedError } from '#libs/kernel';
import type { DesiredNetwork, DesiredResource, Json } from '#libs/network-file';
import type { ApiClient, Check, ProbeOutcome } from './api-client.js';

export type NodeProbe = Readonly<{
  node: string;
  environment: string;
  ok: boolean;
  findings: readonly Check[];
}>;

const CONNECTION = ['urls', 'auth', 'tls', 'proxy'] as const;

const environmentOf = ({ list }: DesiredResource): string => list.replace(/\/nodes$/, '');

/** Probes one node by the connection the file gives; a probe that is refused is a finding too. */
const probe = async (
  api: ApiClient,
  node: DesiredResource,
  { provider, genesis }: Readonly<{ provider: unknown; genesis: Json | undefined }>,
): Promise<Omit<NodeProbe, 'node' | 'environment'>> => {
  const connection = CONNECTION.flatMap((name) => {
    const value = node.fields[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const body = {
    ...Object.fromEntries(connection),
    ...(provider === undefined ? {} : { provider }),
    ...(genesis === undefined ? {} : { genesis_config: genesis['config'] ?? {} }),
  };
  try {
    const { ok, findings } = (await api.request('POST', '/probe', body)) as ProbeOutcome;
    // A node that is not registered has a passing name there; here it has the one of the file.
    const named = (text: string): string => text.replace(/\bprobe-[0-9a-f-]{36}\b/g, node.id);
    return { ok, findings: findings.map((finding) => ({ ...finding, message: named(finding.message) })) };
  } catch (error) {
    const { code, message, hint } = toCodedError(error);
    if (code === 'SERVICE_UNREACHABLE' || code.startsWith('AUTH_')) throw error;
    return { ok: false, findings: [{ check: 'reachable', result: 'fail', message, cure: hint }] };
  }
};

/** The genesis document that the service has already; `undefined` when it has none, or the environment is new. */
const providedGenesis = async (api: ApiClient, path: string): Promise<Json | undefined> => {
  try {
    return (await api.get(`/${path}`)) as Json;
  } catch (error) {
    if (hasCode(error, 'RESOURCE_NOT_FOUND')) return undefined;
    throw error;
  }
};

const eachPathOnce = <T>(read: (path: string) => Promise<T>): ((path: string) => Promise<T>) => {
  const known = new Map<string, Promise<T>>();
  return (path) => {
    const found = known.get(path) ?? read(path);
    known.set(path, found);
    return found;
  };
};

/** Lets the service look at every node of the file, whether it is registered or not; nothing of it is kept. */
export const probeNodes = async (
  api: ApiClient,
  { resources, parts }: DesiredNetwork,
  onNode: (id: string) => void,
): Promise<readonly NodeProbe[]> => {
  const providers = new Map(
    resources
      .filter(({ kind }) => kind === 'environment')
      .map(({ list, id, fields }) => [`${list}/${id}`, fields['provider']]),
  );
  const inFile = new Map(
    parts.filter(({ kind }) => kind === 'genesis').map(({ path, fields }) => [path, fields] as const),
  );
  const genesisOf = eachPathOnce(async (path) => inFile.get(path) ?? (await providedGenesis(api, path)));
  const probes: NodeProbe[] = [];
  for (const node of resources.filter(({ kind }) => kind === 'node')) {
    const environment = environmentOf(node);
    onNode(node.id);
    const { ok, findings } = await probe(api, node, {
      provider: providers.get(environment),
      genesis: await genesisOf(`${environment}/genesis`),
    });
    probes.push({ node: node.id, environment: environment.split('/').at(-1) ?? '', ok, findings });
  }
  return probes;
};
