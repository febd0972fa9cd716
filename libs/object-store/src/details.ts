import { z } from 'zod';
import { CodedError } from '#libs/kernel';
import { assertUrlAllowed } from '#libs/outbound';
import type { BucketLocation } from './object-stores.js';

/**
 * Parses the details of a place together with its secrets. Rejects with INPUT_INVALID naming the fields, not values, and
 * with URL_REFUSED for an address that the policy refuses.
 */
export const parseDetails = <T>(schema: z.ZodType<T>, { details, secrets }: BucketLocation): T => {
  const given = Object.entries({ ...details, ...secrets }).filter(
    ([, value]) => value !== null && value !== '',
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'details'}: ${message}`);
  throw new CodedError('INPUT_INVALID', `Invalid details: ${faults.join('; ')}.`);
};

/** A folder that all keys lie below: no slash at its ends. */
export const prefixField = z
  .string()
  .transform((text) => text.replace(/^\/+|\/+$/g, ''))
  .refine(
    (text) => text.split('/').every((part) => part !== '..' && part !== '.'),
    'must not hold "." or ".."',
  )
  .default('');

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
