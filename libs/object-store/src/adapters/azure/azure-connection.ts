import { AnonymousCredential, ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { assertProxiedHostAllowed, guardedAgents, isExemptFromProxy } from '#libs/outbound';
import { toAzureError, type AzureAction } from './azure-errors.js';
import type { AzureSettings } from './azure-settings.js';

export type AzureLimits = Readonly<{
  /** Size of a block while a file fits in 45,000 of them; larger files have larger blocks. */
  blockBytes: number;
  /** Blocks of one object on their way at the same time; one more is being filled. */
  blocksAtOnce: number;
  /** A request that takes longer is given up; a block of the slowest line worth using takes less. */
  requestTimeoutMs: number;
}>;

export const AZURE_LIMITS: AzureLimits = { blockBytes: 8 << 20, blocksAtOnce: 2, requestTimeoutMs: 120_000 };

const RETRIES = { maxTries: 4, retryDelayInMs: 300, maxRetryDelayInMs: 5_000 };

/** Is the host asked through the operator's proxy? The SDK's own reading of NO_PROXY exempts no host that ours does not. */
const viaProxy = ({ endpoint, isProxied, noProxy }: AzureSettings): boolean =>
  isProxied && !isExemptFromProxy(new URL(endpoint).hostname, noProxy);

/**
 * How requests reach the store. Redirects are not followed: Azure sends none, and a server must not choose where a
 * signature goes. An agent would keep the SDK from using the proxy that the environment names, so there is no agent
 * when the proxy connects.
 */
const optionsFor = (settings: AzureSettings) => {
  const base = { retryOptions: RETRIES, redirectOptions: { maxRetries: 0 } };
  if (viaProxy(settings)) return base;
  const { httpAgent, httpsAgent } = guardedAgents({ keepAlive: true });
  return { ...base, agent: settings.endpoint.startsWith('https:') ? httpsAgent : httpAgent };
};

const clientOf = async (settings: AzureSettings): Promise<ContainerClient> => {
  const { endpoint, container, signIn } = settings;
  const url = `${endpoint}/${container}`;
  const options = optionsFor(settings);
  if (signIn.kind === 'key') {
    return new ContainerClient(url, new StorageSharedKeyCredential(signIn.account, signIn.key), options);
  }
  if (signIn.kind === 'sas')
    return new ContainerClient(`${url}?${signIn.sas}`, new AnonymousCredential(), options);
  // Large, and of use on machines of Azure only: loaded when a place asks for it.
  const { DefaultAzureCredential } = await import('@azure/identity');
  const { clientId } = signIn;
  const identity = new DefaultAzureCredential(
    clientId === undefined ? {} : { managedIdentityClientId: clientId },
  );
  return new ContainerClient(url, identity, options);
};

/** A container, signed in to. Runs requests and codes their failures. */
export class AzureConnection {
  private opened: Promise<ContainerClient> | undefined;

  constructor(
    readonly settings: AzureSettings,
    readonly limits: AzureLimits,
  ) {}

  /** Name in the container of a key of ours. Azure takes a backslash for a slash, so it is escaped. */
  fullKey(key: string): string {
    return `${this.root}${key.replace(/[%\\]/g, encodeURIComponent)}`;
  }

  /** The key that belongs to a name in the container. */
  keyOf(name: string): string {
    return name.slice(this.root.length).replace(/%25|%5C/g, decodeURIComponent);
  }

  private get root(): string {
    const { prefix } = this.settings;
    return prefix === '' ? '' : `${prefix}/`;
  }

  /** Rejects with the signal's reason, else with a coded error. */
  async ask<T>(
    request: (container: ContainerClient, abortSignal: AbortSignal) => Promise<T>,
    action: AzureAction,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(this.limits.requestTimeoutMs);
    try {
      // The guarded agents look up the host of every connection; here it is the proxy that connects.
      if (viaProxy(this.settings)) await assertProxiedHostAllowed(new URL(this.settings.endpoint).hostname);
      this.opened ??= clientOf(this.settings);
      return await request(
        await this.opened,
        signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw toAzureError(error, action);
    }
  }
}
