import { z } from 'zod';
import { SEVERITIES, SUBJECT_KINDS } from '#libs/projections';
import { block, code, count, instant } from './common.js';
import { answer } from './registry.js';

export const findingAnswer = answer(
  'Finding',
  z.object({
    _id: z.string().meta({ description: 'The code and the subject: the same at every look.' }),
    code,
    severity: z.enum(SEVERITIES),
    since: instant.nullable(),
    last_looked: instant,
    subject: z.object({
      kind: z.enum(SUBJECT_KINDS),
      id: z.string(),
      name: z.string(),
      environment_id: z.string(),
    }),
    caused_by: z.string().nullable().meta({ description: 'The finding that this one follows from.' }),
    acknowledged_until: instant.nullable(),
    message: z.string(),
    cure: z.string(),
    link: z.string().meta({ description: 'The page of the console that shows more.' }),
    evidence: z.object({
      run_id: z.string().optional(),
      nodes: z.array(z.string()).optional(),
      block: block.optional(),
      head_block: block.optional(),
      protected_block: block.optional(),
      file: z.string().optional(),
      files: count.optional(),
    }),
  }),
);
