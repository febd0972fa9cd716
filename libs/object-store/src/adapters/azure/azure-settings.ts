import { z } from 'zod';
import type { BucketLocation } from '../../object-stores.js';
import { endpointField, parseDetails, prefixField } from '../../details.js';

const text = z.string().min(1);
/** Where Microsoft runs Blob Storage; a token of this server's identity goes nowhere else. */
const AZURE_HOSTS =
  /^https:\/\/[a-z0-9-]+\.blob\.(core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn)$/;

const settings = z
  .object({
    container: text,
    storage_account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, 'is 3 to 24 lower-case letters and digits')
      .optional(),
    endpoint: endpointField.optional(),
    prefix: prefixField,
    connection_string: text.optional(),
    access_key: text.optional(),
    sas: text.optional(),
    /** Without any key: the identity of this server; its client id where there are several. */
    client_id: text.optional(),
    tier: z.enum(['Hot', 'Cool', 'Cold', 'Archive']).optional(),
    tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
    object_lock: z
      .object({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.number().int().positive().max(36_500) })
      .optional(),
  })
  .refine((given) => given.connection_string !== undefined || given.storage_account !== undefined, {
    message: 'storage_account or connection_string is required',
  });

const fieldOf = (connectionString: string, name: string): string | undefined =>
  new RegExp(`(?:^|;)${name}=([^;]+)`, 'i').exec(connectionString)?.[1];

/** What a container is and how it is signed in to. */
export type AzureSettings = Omit<
  z.infer<typeof settings>,
  'connection_string' | 'endpoint' | 'access_key' | 'sas'
> &
  Readonly<{
    endpoint: string;
    signIn:
      | Readonly<{ kind: 'key'; account: string; key: string }>
      | Readonly<{ kind: 'sas'; sas: string }>
      | Readonly<{ kind: 'identity'; clientId: string | undefined }>;
  }>;

/** A connection string says what the other fields would. */
const spelledOut = (place: BucketLocation): BucketLocation => {
  const given = { ...place.details, ...place.secrets };
  const connection = given['connection_string'];
  if (typeof connection !== 'string') return place;
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
  return { ...place, details: { ...place.details, ...Object.fromEntries(known) } };
};

/** Parses details and secrets of provider `azure`. Rejects with INPUT_INVALID. */
export const parseAzureSettings = (place: BucketLocation): AzureSettings => {
  const { endpoint: given, access_key: key, sas, ...rest } = parseDetails(signedIn, spelledOut(place));
  const account = rest.storage_account ?? '';
  const endpoint = given ?? `https://${account}.blob.core.windows.net`;
  if (key !== undefined) return { ...rest, endpoint, signIn: { kind: 'key', account, key } };
  if (sas !== undefined) return { ...rest, endpoint, signIn: { kind: 'sas', sas: sas.replace(/^\?/, '') } };
  return { ...rest, endpoint, signIn: { kind: 'identity', clientId: rest.client_id } };
};

const signedIn = settings.refine(
  ({ access_key, sas, endpoint }) =>
    access_key !== undefined || sas !== undefined || endpoint === undefined || AZURE_HOSTS.test(endpoint),
  { message: 'without access_key, sas or connection_string the endpoint must be one of Azure' },
);
