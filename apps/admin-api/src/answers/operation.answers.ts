import { z } from 'zod';
import { block, code, count, instant } from './common.js';
import { answer, type Answer } from './registry.js';

const build = {
  version: z.string(),
  commit: z
    .string()
    .meta({ description: 'The commit it was built from, `unknown` when the build did not say.' }),
};

export const liveAnswer = answer('Live', z.object({ status: z.literal('ok'), ...build }));
export type LiveAnswer = Answer<typeof liveAnswer>;

/** Without a key only what comes before `environments` is told. */
export const readyAnswer = answer(
  'Ready',
  z.object({
    status: z.literal('ok'),
    open: z.boolean(),
    ...build,
    environments: z
      .array(
        z.object({
          environment_id: z.string(),
          enabled: z.boolean(),
          in_progress: z.boolean(),
          trouble: z.enum(['failed', 'disputed']).nullable(),
          code: code.nullable(),
          overdue_since: instant.nullable(),
          last_success_at: instant.nullable(),
          protected_block: block.nullable(),
          head_block: block.nullable(),
          lag_blocks: count.nullable(),
          lagging: z.boolean().meta({
            description: 'Enough validators have blocks that the schedule should have backed up by now.',
          }),
          errors: count,
          warnings: count,
        }),
      )
      .optional(),
    targets: z
      .array(
        z.object({
          configuration_id: z.string(),
          environment_id: z.string(),
          enabled: z.boolean(),
          state: z.enum(['ok', 'failing', 'suspended']),
          code: code.nullable(),
          delivered_files: count,
        }),
      )
      .optional(),
  }),
);
export type ReadyAnswer = Answer<typeof readyAnswer>;

/** Prometheus text and the event feed are not JSON. */
export const textAnswer = z.string();

export const rebuiltAnswer = answer(
  'Rebuilt',
  z.object({
    events: count,
    position: z.string().meta({ description: 'Place in the store up to which it was rebuilt.' }),
    sha256: z.string(),
    equal: z.boolean().meta({ description: 'Whether the live history had the same content.' }),
  }),
);
export type RebuiltAnswer = Answer<typeof rebuiltAnswer>;
