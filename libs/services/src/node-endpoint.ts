import { normaliseEndpoint, type EndpointAuth, type NodeEndpoint } from '#libs/chain';
import type { NodeDescription } from '#libs/domain';
import { environmentScope, type SecretRef, type Vault } from '#libs/event-store';
import { canonicalJson, CodedError } from '#libs/kernel';
import type { EndpointTls } from '#libs/outbound';

/** What of a node's connection is secret. */
export type NodeSecrets = Readonly<{ auth?: EndpointAuth; tls?: EndpointTls; proxy?: string }>;

export type NodeConnection = Readonly<{
  /** What the secrets are erased with. */
  environmentId: string;
  urls: Readonly<Record<string, string>>;
  secrets: NodeSecrets;
  /** The reference the node had until now: it is kept when the secrets are the same. */
  previousRef?: string | undefined;
}>;

/** Names of URLs in the order they are tried. */
const PREFERENCE = ['rpc', 'wss', 'ipc', 'http', 'https', 'ws'] as const;

const pickUrl = (node: NodeDescription): string => {
  const name = PREFERENCE.find(
    (candidate) => node.urls[candidate] !== undefined && node.urls[candidate] !== '',
  );
  const url = name === undefined ? undefined : node.urls[name];
  if (url !== undefined) return url;
  throw new CodedError(
    'NODE_URL_INVALID',
    `Node ${node.nodeId} has no URL: set urls.rpc, urls.wss or urls.ipc.`,
    {
      context: { nodeId: node.nodeId },
    },
  );
};

/** The secrets behind a reference; none without one. Rejects as `Vault.get`. */
export const openNodeSecrets = async (vault: Vault, secretRef: string | undefined): Promise<NodeSecrets> => {
  if (secretRef === undefined) return {};
  const sealed = await vault.get(secretRef as SecretRef);
  return {
    ...(sealed['auth'] === undefined ? {} : { auth: JSON.parse(sealed['auth']) as EndpointAuth }),
    ...(sealed['tls'] === undefined ? {} : { tls: JSON.parse(sealed['tls']) as EndpointTls }),
    ...(sealed['proxy'] === undefined ? {} : { proxy: sealed['proxy'] }),
  };
};

/**
 * How a registered node is reached: `urls.rpc`, else `urls.wss`, else `urls.ipc`, with its secrets from the vault.
 * Rejects with NODE_URL_INVALID, URL_REFUSED or as `Vault.get`. The answer is secret: keep it out of logs and answers.
 */
export const endpointOf = async (node: NodeDescription, vault: Vault): Promise<NodeEndpoint> => {
  const url = pickUrl(node);
  return normaliseEndpoint({ url, ...(await openNodeSecrets(vault, node.secretRef)) });
};

const order = (name: string): number => {
  const place = (PREFERENCE as readonly string[]).indexOf(name);
  return place < 0 ? PREFERENCE.length : place;
};

/** The URLs without credentials, and the credentials that were in them. */
const splitUrls = (
  urls: Readonly<Record<string, string>>,
): Readonly<{ urls: Record<string, string>; basic: EndpointAuth['basic'] }> => {
  const clean: Record<string, string> = { ...urls };
  let basic: EndpointAuth['basic'];
  for (const name of Object.keys(urls).sort((a, b) => order(a) - order(b))) {
    const endpoint = normaliseEndpoint({ url: urls[name] ?? '' });
    clean[name] = endpoint.url;
    const found = endpoint.auth?.basic;
    if (found === undefined) continue;
    if (basic !== undefined && canonicalJson(basic) !== canonicalJson(found)) {
      throw new CodedError('INPUT_INVALID', 'The URLs of the node contain different credentials.');
    }
    basic = found;
  }
  return { urls: clean, basic };
};

const sealedForm = ({ auth, tls, proxy }: NodeSecrets): Record<string, string> => ({
  ...(auth === undefined ? {} : { auth: canonicalJson(auth) }),
  ...(tls === undefined ? {} : { tls: canonicalJson(tls) }),
  ...(proxy === undefined ? {} : { proxy }),
});

/**
 * Moves everything secret of a node's connection into the vault: credentials in its URLs, `auth`, `tls` and `proxy`.
 * What comes back may be recorded. Credentials in a URL win over `auth.basic`. The old secret is not erased: the
 * caller does that once the change is recorded. Rejects with NODE_URL_INVALID, URL_REFUSED or INPUT_INVALID.
 */
export const sealNodeSecrets = async (
  vault: Vault,
  { environmentId, urls, secrets, previousRef }: NodeConnection,
): Promise<Readonly<{ urls: Readonly<Record<string, string>>; secretRef?: string }>> => {
  const split = splitUrls(urls);
  const all: NodeSecrets = split.basic
    ? { ...secrets, auth: { ...secrets.auth, basic: split.basic } }
    : secrets;
  if (all.proxy !== undefined) normaliseEndpoint({ url: 'http://localhost', proxy: all.proxy });
  const form = sealedForm(all);
  if (Object.keys(form).length === 0) return { urls: split.urls };
  if (
    previousRef !== undefined &&
    canonicalJson(await vault.get(previousRef as SecretRef)) === canonicalJson(form)
  ) {
    return { urls: split.urls, secretRef: previousRef };
  }
  return { urls: split.urls, secretRef: await vault.put(environmentScope(environmentId), form) };
};
