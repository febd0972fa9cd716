import { z } from 'zod';
import type { BucketLocation } from '../../bucket-location.js';
import { endpointField, lockField, parseDetails, prefixField } from '../../details.js';
import { detail } from '../../provider.js';
import type { ProviderOptions } from '../provider-options.js';

const text = z.string().min(1);
/** Where Microsoft runs Blob Storage; a token of this server's identity goes nowhere else. */
const AZURE_HOSTS =
  /^https:\/\/[a-z0-9-]+\.blob\.(core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)$/;

export const AZURE_SETTINGS = z.object({
  storage_account: detail(
    z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'is 3 to 24 lower-case letters and digits')
      .optional(),
    { label: 'Storage account', aliases: ['storageAccount'], address: true },
  ),
  container: detail(text, { label: 'Container', address: true }),
  prefix: prefixField(),
  access_key: detail(text.optional(), {
    label: 'Access key',
    hint: 'Enter an access key, a SAS or a connection string.',
    secret: true,
    aliases: ['accessKey'],
  }),
  sas: detail(text.optional(), { label: 'Shared access signature (SAS)', secret: true }),
  connection_string: detail(text.optional(), { label: 'Connection string', secret: true }),
  endpoint: detail(endpointField.optional(), {
    label: 'Endpoint',
    address: true,
    advanced: true,
    type: 'url',
  }),
  client_id: detail(text.optional(), {
    label: 'Client ID',
    hint: "The client ID of the server's identity, if it has several. Used when no key is set.",
    advanced: true,
  }),
  tier: detail(z.enum(['Hot', 'Cool', 'Cold', 'Archive']).optional(), {
    label: 'Access tier',
    advanced: true,
  }),
  tags: detail(z.record(z.string().min(1).max(128), z.string().max(256)).optional(), {
    label: 'Tags',
    advanced: true,
  }),
  object_lock: lockField('Immutability'),
});

const settings = AZURE_SETTINGS.refine(
  (given) => given.connection_string !== undefined || given.storage_account !== undefined,
  { message: 'storage_account or connection_string is required' },
);

/** A field of a connection string. */
export const fieldOf = (connectionString: string, name: string): string | undefined =>
  new RegExp(`(?:^|;)${name}=([^;]+)`, 'i').exec(connectionString)?.[1];

/** What a container is and how it is signed in to. */
export type AzureSettings = Omit<
  z.infer<typeof settings>,
  'connection_string' | 'endpoint' | 'access_key' | 'sas'
> &
  Readonly<{
    endpoint: string;
    /** Does the operator's environment name a proxy? */
    isProxied: boolean;
    /** The hosts it is not for, as `NO_PROXY` lists them. */
    noProxy: string | undefined;
    signIn:
      | Readonly<{ kind: 'key'; account: string; key: string }>
      | Readonly<{ kind: 'sas'; sas: string }>
      | Readonly<{ kind: 'identity'; clientId: string | undefined }>;
  }>;

/** Where Azure's public cloud serves an account. */
export const publicEndpointOf = (account: string): string => `https://${account}.blob.core.windows.net`;

/** A connection string says what the other fields would. */
const spelledOut = (location: BucketLocation): BucketLocation => {
  const given = { ...location.details, ...location.secrets };
  const connection = given['connection_string'];
  if (typeof connection !== 'string') return location;
  const account = fieldOf(connection, 'AccountName');
  const suffix = fieldOf(connection, 'EndpointSuffix') ?? 'core.windows.net';
  const protocol = fieldOf(connection, 'DefaultEndpointsProtocol') ?? 'https';
  const found = {
    storage_account: account,
    endpoint: fieldOf(connection, 'BlobEndpoint') ?? (account && `${protocol}://${account}.blob.${suffix}`),
    access_key: fieldOf(connection, 'AccountKey'),
    sas: fieldOf(connection, 'SharedAccessSignature'),
  };
  const known = Object.entries(found).filter(([, value]) => value !== undefined);
  return { ...location, details: { ...location.details, ...Object.fromEntries(known) } };
};

/** Parses details and secrets of provider `azure`. Throws INPUT_INVALID. */
export const parseAzureSettings = (
  location: BucketLocation,
  { isProxied = false, noProxy }: ProviderOptions = {},
): AzureSettings => {
  const { endpoint: given, access_key: key, sas, ...others } = parseDetails(signedIn, spelledOut(location));
  const rest = { ...others, isProxied, noProxy };
  const account = rest.storage_account ?? '';
  const endpoint = given ?? publicEndpointOf(account);
  if (key !== undefined) return { ...rest, endpoint, signIn: { kind: 'key', account, key } };
  if (sas !== undefined) return { ...rest, endpoint, signIn: { kind: 'sas', sas: sas.replace(/^\?/, '') } };
  return { ...rest, endpoint, signIn: { kind: 'identity', clientId: rest.client_id } };
};

const signedIn = settings.refine(
  ({ access_key, sas, endpoint }) =>
    access_key !== undefined || sas !== undefined || endpoint === undefined || AZURE_HOSTS.test(endpoint),
  { message: 'without access_key, sas or connection_string the endpoint must be one of Azure' },
);
