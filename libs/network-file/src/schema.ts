import { z } from 'zod';
import { resourceId } from '#libs/contracts';
import { SETTING_BOUNDS, TARGET_BOUNDS } from '#libs/domain';
import { durationMs } from '#libs/kernel';
import type { ProviderDescription } from '#libs/object-store';
import { bucketOf, type FileBucket } from './provider-fields.js';

const id = resourceId;
const text = z.string().min(1).max(4_000);
const whole = z.number().int().nonnegative();
const BOUNDS = { ...SETTING_BOUNDS, ...TARGET_BOUNDS };
const bounded = (setting: keyof typeof BOUNDS) => {
  const [least, most] = BOUNDS[setting];
  return whole.min(least).max(most).optional();
};

const auth = z.strictObject({
  basic: z.strictObject({ username: text, password: text }).optional(),
  bearer: text.optional(),
  headers: z.record(z.string().min(1), z.string()).optional(),
});
const tls = z.strictObject({
  ca: text.optional(),
  cert: text.optional(),
  key: text.optional(),
  serverName: text.optional(),
});

const node = z.strictObject({
  id,
  name: text.optional(),
  role: z.enum(['validator', 'monitor', 'other']),
  member: id.optional(),
  rpc: text.optional(),
  urls: z.strictObject({ rpc: text.optional(), wss: text.optional(), ipc: text.optional() }).optional(),
  auth: auth.optional(),
  tls: tls.optional(),
  proxy: text.optional(),
  controller: id.optional(),
  same_as: id.optional(),
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, 'this is not an address. Use 0x and 40 hex digits.')
    .optional(),
});

const backup = z.strictObject({
  enabled: z.boolean().optional(),
  frequency: z.enum(['once', 'twice', 'three', 'four']).optional(),
  cron: text.optional(),
  time_zone: text.optional(),
  every_blocks: bounded('every_blocks'),
  every_minutes: bounded('every_minutes'),
  agreement: z.enum(['all', 'quorum', 'all_then_quorum']).optional(),
  after_hours: z.number().min(SETTING_BOUNDS.after_hours[0]).max(SETTING_BOUNDS.after_hours[1]).optional(),
  min_confirmations: bounded('min_confirmations'),
  max_reorg_blocks: bounded('max_reorg_blocks'),
  gather: z.enum(['rpc', 'client-export', 'admin-export']).optional(),
  segment_blocks: bounded('segment_blocks'),
  compression: z.enum(['none', 'gzip']).optional(),
  unavailable_while_halted: z.array(text).max(50).optional(),
  max_halt_minutes: bounded('max_halt_minutes'),
  block_bytes_max: bounded('block_bytes_max'),
  evidence: z.enum(['require', 'record']).optional(),
  expected_block_within: z
    .string()
    .refine((text) => durationMs(text) !== undefined, 'this is not an ISO 8601 duration. Use one like PT10M.')
    .optional(),
});

const environmentWith = (managed: z.ZodType<FileBucket>) =>
  z.strictObject({
    id,
    name: text.optional(),
    description: text.optional(),
    provider: z.enum(['geth', 'quorum', 'besu']),
    consensus: z.enum(['poa', 'clique', 'ibft', 'qbft', 'raft', 'ibft2', 'other']).optional(),
    chain_id: whole.optional(),
    nodes: z.array(node).min(1),
    genesis: text.optional(),
    managed: managed.optional(),
    backup: backup.optional(),
  });

/** What every target has; the details of its provider stand beside it. Which are needed is checked with the rules. */
const targetFields = {
  id,
  name: text.optional(),
  member: id,
  environment: id,
  environment_backup_target: z.boolean().optional(),
  max_transfers: bounded('max_transfers'),
  max_bytes_per_second: bounded('max_bytes_per_second'),
};

const argv = z.array(text).min(1);
const controller = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('command'),
    halt: argv,
    start: argv,
    export: z.exactOptional(argv),
    fetch: z.exactOptional(argv),
  }),
  z.strictObject({ kind: z.literal('shared-disk'), node_path: text, path: text }),
]);

/** The network file as it is written. Every object is strict: an unknown key is a misspelt one. */
export const networkFileOf = (providers: readonly ProviderDescription[]) =>
  z.strictObject({
    consortium: z.strictObject({ id, name: text, description: text.optional() }),
    members: z.array(z.strictObject({ id, name: text, verification_proof: text.optional() })).default([]),
    environments: z.array(environmentWith(bucketOf(providers, {}))).default([]),
    targets: z.array(bucketOf(providers, targetFields)).default([]),
    controllers: z.record(id, controller).default({}),
    own_credentials: z.array(z.strictObject({ bucket: text, endpoint: text.optional() })).default([]),
    directory_roots: z.array(text).optional(),
  });

export type NetworkFile = z.infer<ReturnType<typeof networkFileOf>>;
export type FileEnvironment = NetworkFile['environments'][number];
export type FileNode = z.infer<typeof node>;
export type FileTarget = NetworkFile['targets'][number];
type FileController = z.infer<typeof controller>;
type SharedDisk = Extract<FileController, { kind: 'shared-disk' }>;
/** A controller as the adapters take it. */
export type Controller =
  Exclude<FileController, SharedDisk> | Readonly<{ kind: 'shared-disk'; nodePath: string; path: string }>;

const loose = z.string().optional().catch(undefined);
const looseId = z.string().catch('');
const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).catch([]);
const looseNode = z
  .object({
    tls: z.record(z.string(), z.string()).optional().catch(undefined),
    id: looseId,
    role: loose,
    member: loose,
    rpc: loose,
    urls: z.record(z.string(), z.string()).optional().catch(undefined),
    proxy: loose,
    controller: loose,
    same_as: loose,
  })
  .catch({ id: '' });
const looseEnvironment = z
  .object({
    id: looseId,
    nodes: listOf(looseNode),
    genesis: loose,
    managed: z.record(z.string(), z.unknown()).optional().catch(undefined),
    backup: z.record(z.string(), z.unknown()).optional().catch(undefined),
  })
  .catch({ id: '', nodes: [] });

/** As much of the file as can be understood: the rules are checked on it, so that all problems are told at once. */
export const looseFile = z
  .object({
    members: listOf(z.object({ id: looseId }).catch({ id: '' })),
    environments: listOf(looseEnvironment),
    targets: listOf(z.record(z.string(), z.unknown()).catch({})),
    controllers: z.record(z.string(), z.unknown()).catch({}),
  })
  .catch({ members: [], environments: [], targets: [], controllers: {} });

export type LooseFile = z.infer<typeof looseFile>;
export type LooseNode = LooseFile['environments'][number]['nodes'][number];
