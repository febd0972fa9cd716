import type { Configuration } from '../api/client.js';

export type Provider = 'directory' | 'aws' | 's3' | 'azure';

export type Field = Readonly<{
  name: string;
  label: string;
  hint?: string;
  secret?: boolean;
  required?: boolean;
}>;

const KEYS: readonly Field[] = [
  { name: 'access_key_id', label: 'Access key ID' },
  { name: 'secret_access_key', label: 'Secret access key', secret: true },
];
const PREFIX: Field = {
  name: 'prefix',
  label: 'Prefix',
  hint: 'Optional. Files are written under this prefix.',
};

/** The fields of each provider, named as in the API. */
export const PROVIDERS: Readonly<Record<Provider, Readonly<{ label: string; fields: readonly Field[] }>>> = {
  directory: {
    label: 'Directory on the server',
    fields: [
      {
        name: 'path',
        label: 'Path',
        hint: 'An absolute path on the machine that runs Chainkeep, for example /srv/backups/bank-a.',
        required: true,
      },
    ],
  },
  aws: {
    label: 'Amazon S3',
    fields: [
      { name: 'bucket', label: 'Bucket', required: true },
      { name: 'region', label: 'Region', hint: 'For example eu-west-1.' },
      PREFIX,
      {
        name: 'role_arn',
        label: 'Role ARN',
        hint: 'A role for Chainkeep to assume instead of using an access key.',
      },
      { name: 'external_id', label: 'External ID', hint: 'The external ID that the role requires.' },
      ...KEYS,
      { name: 'session_token', label: 'Session token', secret: true },
    ],
  },
  s3: {
    label: 'S3-compatible store',
    fields: [
      { name: 'endpoint', label: 'Endpoint', hint: 'For example https://s3.example.com.', required: true },
      { name: 'bucket', label: 'Bucket', required: true },
      { name: 'region', label: 'Region' },
      PREFIX,
      ...KEYS,
    ],
  },
  azure: {
    label: 'Azure Blob Storage',
    fields: [
      { name: 'storage_account', label: 'Storage account' },
      { name: 'container', label: 'Container', required: true },
      PREFIX,
      {
        name: 'access_key',
        label: 'Access key',
        hint: 'Enter an access key, a SAS or a connection string.',
        secret: true,
      },
      { name: 'sas', label: 'Shared access signature (SAS)', secret: true },
      { name: 'connection_string', label: 'Connection string', secret: true },
    ],
  },
};

export type TargetForm = {
  name: string;
  membershipId: string;
  provider: Provider;
  enabled: boolean;
} & Record<`field_${string}`, string>;

const isProvider = (value: unknown): value is Provider => typeof value === 'string' && value in PROVIDERS;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const emptyTarget = (membershipId: string, provider: Provider): TargetForm => ({
  name: '',
  membershipId,
  provider,
  enabled: true,
});

export const toTargetForm = ({ name, membership_id, details }: Configuration): TargetForm => {
  const provider = isProvider(details['provider']) ? details['provider'] : 'directory';
  const fields = PROVIDERS[provider].fields.map((field): [`field_${string}`, string] => [
    `field_${field.name}`,
    textOf(details[field.name]),
  ]);
  return {
    name,
    membershipId: membership_id ?? '',
    provider,
    enabled: details['environment_backup_target'] === true,
    ...Object.fromEntries(fields),
  };
};

/** The details as they are sent. An emptied field removes what was there; a mask keeps the secret. */
export const toDetails = (form: TargetForm): Record<string, unknown> => ({
  provider: form.provider,
  environment_backup_target: form.enabled,
  ...Object.fromEntries(
    PROVIDERS[form.provider].fields.map(({ name }) => {
      const value = (form[`field_${name}`] ?? '').trim();
      return [name, value === '' ? null : value];
    }),
  ),
});

/** Where a target is, in one line. */
export const placeOf = ({ details }: Configuration): string => {
  const parts = ['path', 'endpoint', 'storage_account', 'bucket', 'container', 'prefix'].map((name) =>
    textOf(details[name]),
  );
  const provider = isProvider(details['provider']) ? PROVIDERS[details['provider']].label : 'Other';
  return [provider, ...parts.filter((part) => part !== '')].join(' · ');
};
