import { z } from 'zod';
import { backupConfiguredV1 } from './environment.events.js';
import { resourceId } from './primitives.js';

/**
 * What other programs may publish to the topic of requests, by `ce_type`: the JSON form of each body. Fields that a
 * type does not have are refused, so that a misspelt one is not silently without effect.
 */
export const REQUEST_CONTRACTS = {
  BackupRequested: z.strictObject({ environmentId: resourceId }),
  TargetEnabled: z.strictObject({ targetId: resourceId }),
  TargetDisabled: z.strictObject({ targetId: resourceId }),
  BackupConfigured: backupConfiguredV1
    .omit({ at: true, request: true })
    .partial()
    .extend({ environmentId: resourceId })
    .strict(),
} as const;

export type RequestType = keyof typeof REQUEST_CONTRACTS;
export type RequestBody<Type extends RequestType> = z.output<(typeof REQUEST_CONTRACTS)[Type]>;

export const isRequestType = (type: string): type is RequestType => Object.hasOwn(REQUEST_CONTRACTS, type);
