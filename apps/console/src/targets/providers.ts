import type { Configuration, Provider } from '../api/client.js';

export type Field = Provider['details'][number];

/** The settings a form asks for: the rest is for the API and the command line. */
export const fieldsOf = (provider: Provider | undefined): readonly Field[] =>
  (provider?.details ?? []).filter(
    ({ advanced, type }) => !advanced && (type === 'text' || type === 'url' || type === 'path'),
  );

export const providerNamed = (providers: readonly Provider[], name: unknown): Provider | undefined =>
  providers.find((provider) => provider.name === name);

export type TargetForm = {
  name: string;
  membershipId: string;
  provider: string;
  enabled: boolean;
} & Record<`field_${string}`, string>;

/** The fields of the form that hold a secret of any provider. */
export const secretFields = (providers: readonly Provider[]): readonly string[] =>
  providers.flatMap(({ details }) =>
    details.filter(({ secret }) => secret).map(({ name }) => `field_${name}`),
  );

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const emptyTarget = (membershipId: string, provider: string): TargetForm => ({
  name: '',
  membershipId,
  provider,
  enabled: true,
});

export const toTargetForm = (
  { name, membership_id, details }: Configuration,
  providers: readonly Provider[],
): TargetForm => {
  const provider = textOf(details['provider']);
  const fields = fieldsOf(providerNamed(providers, provider)).map((field): [`field_${string}`, string] => [
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
export const toDetails = (form: TargetForm, providers: readonly Provider[]): Record<string, unknown> => ({
  provider: form.provider,
  environment_backup_target: form.enabled,
  ...Object.fromEntries(
    fieldsOf(providerNamed(providers, form.provider)).map(({ name }) => {
      const value = (form[`field_${name}`] ?? '').trim();
      return [name, value === '' ? null : value];
    }),
  ),
});

/** Where a target is, in one line. */
export const addressOf = ({ details }: Configuration, providers: readonly Provider[]): string => {
  const provider = providerNamed(providers, details['provider']);
  const parts = (provider?.details ?? [])
    .filter(({ address }) => address)
    .map(({ name }) => textOf(details[name]));
  return [provider?.label ?? textOf(details['provider']), ...parts.filter((part) => part !== '')].join(' · ');
};
