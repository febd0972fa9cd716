import { z } from 'zod';
import { CodedError } from '#libs/kernel';
import { assertUrlAllowed } from '#libs/outbound';
import type { BucketLocation } from './bucket-location.js';
import { detail } from './provider.js';

/**
 * Parses the details of a bucket with its secrets. Throws INPUT_INVALID naming the fields, never their values, and
 * URL_REFUSED for an address that the policy refuses.
 */
export const parseDetails = <T>(schema: z.ZodType<T>, { details, secrets }: BucketLocation): T => {
  const given = Object.entries({ ...details, ...secrets }).filter(
    ([, value]) => value !== null && value !== '',
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => {
    const field = ['details', ...path].join('.');
    return `${field}: ${message.includes('received undefined') ? 'is required' : message}`;
  });
  throw new CodedError('INPUT_INVALID', `${faults.join('; ')}.`);
};

const withoutSlashes = (text: string): string => text.replace(/^\/+|\/+$/g, '');

/** A destination as 0.1 spelled it: the parts, `undefined` as nothing, and the prefix of the details. */
export const formerDestinationOf = (
  parts: readonly unknown[],
  { details: { prefix } }: BucketLocation,
): string => [...parts, withoutSlashes(typeof prefix === 'string' ? prefix : '')].join('|');

/** A folder that all keys lie below: no slash at its ends. */
export const prefixField = () =>
  detail(
    z
      .string()
      .transform(withoutSlashes)
      .refine(
        (text) => text.split('/').every((part) => part !== '..' && part !== '.'),
        'must not hold "." or ".."',
      )
      .default(''),
    { label: 'Prefix', hint: 'Optional. Files are written under this prefix.', address: true },
  );

/** How long a file may not be deleted or changed. */
export const lockField = (label: string) =>
  detail(
    z
      .object({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.number().int().positive().max(36_500) })
      .optional(),
    { label, hint: 'Keeps each file from being deleted for this many days.', advanced: true },
  );

/** Why a text can't be the address of a store; `undefined` when it can. Throws URL_REFUSED for what the policy refuses. */
const endpointFault = (text: string): string | undefined => {
  if (!URL.canParse(text)) return 'is not a valid URL';
  const { protocol, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return 'must begin with http:// or https://';
  if (username !== '' || password !== '') return 'must not hold a user or password';
  assertUrlAllowed(text);
  return undefined;
};

/** The address of a store or sign-in service, without slashes at its end. Parsing may throw URL_REFUSED. */
export const endpointField = z.string().transform((text, context) => {
  const fault = endpointFault(text);
  if (fault === undefined) return text.replace(/\/+$/, '');
  context.addIssue({ code: 'custom', message: fault });
  return z.NEVER;
});
