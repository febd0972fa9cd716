import { z } from 'zod';
import { CodedError } from '#libs/kernel';
import { checkEndpoint } from './endpoint.js';
import type { Place } from './object-stores.js';

/** Parses the details of a place together with its secrets. Rejects with INPUT_INVALID naming the fields, not values. */
export const parsePlace = <T>(schema: z.ZodType<T>, { details, secrets }: Place): T => {
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

export const endpointField = (name: string): z.ZodType<string> =>
  z.string().transform((text, context) => {
    try {
      return checkEndpoint(name, text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as CodedError).message });
      return z.NEVER;
    }
  });
