import { z } from 'zod';
import { answer } from './registry.js';

const type = z.enum(['text', 'url', 'path', 'boolean', 'integer', 'texts', 'object']).meta({
  description:
    '`path`: a path on the server. `texts`: texts by name. `object`: an object of the given `fields`.',
});
const choices = z.array(z.string()).optional();
const field = z.object({ name: z.string(), type, choices });

const detail = z.object({
  name: z.string().meta({ description: 'The field of `details`, and of a network file.' }),
  label: z.string(),
  hint: z.string().optional(),
  type,
  choices,
  fields: z.array(field).optional(),
  required: z.boolean(),
  secret: z.boolean().meta({ description: 'Sealed; never returned.' }),
  aliases: z.array(z.string()).meta({ description: 'Other names that are accepted for it.' }),
  advanced: z.boolean().meta({ description: 'Left out of short forms.' }),
  address: z.boolean().meta({ description: 'Part of what tells one bucket from another.' }),
});

/** A kind of place where targets and managed buckets can be. */
export const providerAnswer = answer(
  'Provider',
  z.object({
    name: z.string(),
    label: z.string(),
    access: z.enum(['operator', 'member']).meta({ description: 'Who may register a target there.' }),
    details: z.array(detail).meta({ description: 'In the order in which a form asks for them.' }),
    forbidden: z.array(z.object({ name: z.string(), why: z.string() })),
  }),
);
