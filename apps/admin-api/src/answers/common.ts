import { z } from 'zod';
import type { Answer } from './registry.js';

export const instant = z.string().meta({ format: 'date-time' });
export const hash = z.string().meta({ description: '0x and 64 hexadecimal digits, lower case.' });
export const count = z.int().nonnegative();
export const block = z.int().nonnegative().meta({ description: 'A block number.' });
export const code = z.string().meta({ description: 'A code of docs/reference/errors.md.' });
/** What a check found, in words, with what to do when it is not in order. */
export const finding = z.object({
  check: z.string(),
  result: z.enum(['ok', 'warn', 'fail']),
  message: z.string(),
  cure: z.string().optional(),
});
export type FindingAnswer = Answer<typeof finding>;
