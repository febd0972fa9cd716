import type { Hex } from '#libs/kernel';
import { z } from 'zod';
import { hash, instant, optional, requestMark, text } from './primitives.js';

const provider = z.enum(['geth', 'quorum', 'besu']);
const consensus = z.enum(['clique', 'ibft', 'qbft', 'raft', 'ibft2', 'other']);

const managed = z.union([
  z.object({
    provider: z.string(),
    details: z.record(z.string(), z.unknown()),
    secretRef: optional(z.string()),
  }),
  z.object({ provider: z.string(), path: z.string() }),
]);

const description = z.object({
  name: text,
  description: optional(text),
  provider,
  consensus,
  managed: optional(managed),
  extra: optional(z.record(z.string(), z.unknown())),
});

const address = z.custom<Hex>((value) => typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value));

const node = z.object({
  nodeId: z.string(),
  name: text,
  membershipId: optional(z.string()),
  role: z.enum(['validator', 'monitor', 'other']),
  provider: optional(provider),
  consensus: optional(consensus),
  urls: z.record(z.string(), z.string()),
  secretRef: optional(z.string()),
  controller: optional(z.string()),
  backupId: optional(z.string()),
  sameAs: optional(z.string()),
  address: optional(address),
});

const schedule = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('frequency'),
    frequency: z.enum(['once', 'twice', 'three', 'four']),
    timeZone: z.string(),
  }),
  z.object({ kind: z.literal('cron'), cron: z.string(), timeZone: z.string() }),
  z.object({ kind: z.literal('minutes'), everyMinutes: z.number().int() }),
  z.object({ kind: z.literal('blocks'), everyBlocks: z.number().int() }),
]);

const agreement = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.literal('quorum') }),
  z.object({ kind: z.literal('all_then_quorum'), afterHours: z.number() }),
]);

export const environmentRegisteredV1 = description.extend({
  environmentId: z.string(),
  consortiumId: z.string(),
  at: instant,
});

export const environmentChangedV1 = z.object({
  name: optional(text),
  description: optional(text),
  provider: optional(provider),
  consensus: optional(consensus),
  managed: description.shape.managed,
  managedEpoch: optional(z.number().int()),
  extra: description.shape.extra,
  at: instant,
});

export const environmentRemovedV1 = z.object({ at: instant });

export const genesisProvidedV1 = z.object({
  version: z.number().int(),
  sha256: z.string(),
  genesisHash: hash,
  key: z.string(),
  bytes: z.number().int(),
  at: instant,
});

export const nodeRegisteredV1 = node.extend({ at: instant });
export const nodeRemovedV1 = z.object({ nodeId: z.string(), at: instant });
export const validatorExcusedV1 = z.object({ nodeId: z.string(), until: instant, reason: text, at: instant });

export const backupConfiguredV1 = z.object({
  enabled: z.boolean(),
  schedule,
  agreement,
  minConfirmations: z.number().int(),
  maxReorgBlocks: optional(z.number().int()),
  gather: z.enum(['rpc', 'client-export', 'admin-export']),
  segmentBlocks: z.number().int(),
  compression: z.enum(['none', 'gzip']),
  unavailableWhileHalted: z.array(z.string()),
  maxHaltMinutes: z.number().int(),
  blockBytesMax: optional(z.number().int()),
  expectedBlockWithin: optional(z.string()),
  evidence: optional(z.enum(['require', 'record'])),
  request: optional(requestMark),
  at: instant,
});

export const monitorResetRequiredV1 = z.object({ at: instant });
export const monitorResetV1 = z.object({
  nodeId: z.string(),
  how: z.enum(['restarted', 're-probed']),
  at: instant,
});
