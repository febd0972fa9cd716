import { z } from 'zod';
import { excuseAt, type LiveEnvironment, type NodeDescription } from '#libs/domain';
import { resourceId } from '#libs/contracts';
import type { Hex, Instant } from '#libs/kernel';
import type { NodeSecrets } from '#libs/services';
import type { NodeAnswer } from '../answers/network.answers.js';
import {
  consensusName,
  providerName,
  spelledConsensus,
  spelledProvider,
  toConsensus,
  toProvider,
} from '../environments/environment.mapping.js';
import { defined, given, id, ids, MASK, text } from '../schemas.js';

const PEM_MAX = 100_000;
const mask = z.literal(MASK);
const secretText = z.string().min(1).max(PEM_MAX);
const auth = z.strictObject({
  basic: z.strictObject({ username: secretText, password: secretText }).optional(),
  bearer: secretText.optional(),
  headers: z.record(z.string().min(1), z.string()).optional(),
});
const tls = z.strictObject({
  ca: secretText.optional(),
  cert: secretText.optional(),
  key: secretText.optional(),
  serverName: secretText.optional(),
});

/** `null` removes a secret, the mask keeps it. */
const connection = {
  urls: given(z.record(z.string().min(1), z.string().max(2_000))),
  auth: z.union([mask, auth]).nullish(),
  tls: z.union([mask, tls]).nullish(),
  proxy: secretText.nullish(),
};
const fields = {
  name: given(text),
  membership_id: id,
  role: given(z.enum(['validator', 'monitor', 'other'])),
  provider: given(providerName),
  consensus_type: given(consensusName),
  backup_id: id,
  controller: id,
  /** `null` removes it. */
  same_as: resourceId.nullish(),
  address: z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, 'an address is 0x and 40 hex digits')
    .nullish(),
  ...connection,
};

export const nodeBody = z.object({ ...ids, ...fields });
export const nodeChanges = z.object(fields);
export const excuseBody = z.object({
  until: z.iso.datetime({ offset: true }),
  reason: text.default(''),
});
export const probeBody = z.object({
  ...connection,
  name: given(text),
  provider: given(providerName),
  chain_id: z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,78}$/)]).optional(),
  genesis_hash: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/)
    .optional(),
  /** `config` of the genesis document: the newest blocks are judged by it. */
  genesis_config: z.record(z.string(), z.unknown()).optional(),
});
export type NodeBody = z.infer<typeof nodeBody>;
export type NodeChanges = z.infer<typeof nodeChanges>;
export type ExcuseBody = z.infer<typeof excuseBody>;
export type ProbeBody = z.infer<typeof probeBody>;

const pick = <T>(sent: T | typeof MASK | null | undefined, before: T | undefined): T | undefined =>
  sent === undefined || sent === MASK ? before : (sent ?? undefined);

/** A leaf that comes back masked keeps what it was. */
const unmask = <T>(sent: T, before: unknown): T => {
  if (sent === MASK) return before as T;
  if (sent === null || typeof sent !== 'object') return sent;
  const old = (before ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]) => [name, unmask(value, old[name])]),
  ) as T;
};

/** The secrets of a node after a request, with masked values replaced by the stored ones. */
export const toSecrets = (
  body: Pick<NodeChanges, 'auth' | 'tls' | 'proxy'>,
  before: NodeSecrets,
): NodeSecrets =>
  defined({
    auth: unmask(pick(body.auth, before.auth), before.auth),
    tls: unmask(pick(body.tls, before.tls), before.tls),
    proxy: pick(body.proxy, before.proxy),
  }) as NodeSecrets;

/** A node without its connection. */
export const toNodeFields = (
  body: NodeChanges,
  before: Omit<NodeDescription, 'urls' | 'secretRef'>,
): Omit<NodeDescription, 'urls' | 'secretRef'> =>
  defined({
    nodeId: before.nodeId,
    name: body.name ?? before.name,
    membershipId: body.membership_id ?? before.membershipId,
    role: body.role ?? before.role,
    provider: body.provider ? toProvider(body.provider) : before.provider,
    consensus: body.consensus_type ? toConsensus(body.consensus_type) : before.consensus,
    controller: body.controller ?? before.controller,
    backupId: body.backup_id ?? before.backupId,
    sameAs: pick(body.same_as, before.sameAs),
    address: pick(body.address, before.address)?.toLowerCase() as Hex | undefined,
  });

const masked = (secret: unknown): typeof MASK | undefined => (secret === undefined ? undefined : MASK);

export const toNode = (
  node: NodeDescription,
  environment: LiveEnvironment,
  secrets: NodeSecrets,
  now: Instant,
): NodeAnswer =>
  defined({
    _id: node.nodeId,
    consortium_id: environment.consortiumId,
    environment_id: environment.environmentId,
    name: node.name,
    membership_id: node.membershipId,
    state: 'started' as const,
    role: node.role,
    provider: spelledProvider(node.provider ?? environment.provider, environment),
    consensus_type: spelledConsensus(node.consensus ?? environment.consensus, environment),
    urls: node.urls,
    backup_id: node.backupId,
    controller: node.controller,
    same_as: node.sameAs,
    address: node.address,
    auth: masked(secrets.auth),
    tls: masked(secrets.tls),
    proxy: masked(secrets.proxy),
    excused: excuseAt(environment, node.nodeId, now),
  });
