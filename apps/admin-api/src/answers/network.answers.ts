import { z } from 'zod';
import { finding, hash, instant, count } from './common.js';
import { answer, type Answer } from './registry.js';

const live = z.enum(['live', 'deleted']);
export const role = z.enum(['operator', 'member_admin', 'member_viewer']);

/** Who the caller is, so that a page offers only what the key may do. */
export const identityAnswer = answer(
  'Identity',
  z.object({
    role,
    membership_id: z.string().nullable(),
    consortium_id: z.string().nullable().meta({ description: 'Null: every consortium.' }),
    open: z.boolean().meta({ description: 'The loopback demo: no key is needed.' }),
    version: z.string(),
  }),
);
export type IdentityAnswer = Answer<typeof identityAnswer>;

export const consortiumAnswer = answer(
  'Consortium',
  z.object({
    _id: z.string(),
    name: z.string(),
    description: z.string().optional(),
    state: live,
    deleted_at: instant.optional(),
  }),
);
export type ConsortiumAnswer = Answer<typeof consortiumAnswer>;

export const membershipAnswer = answer(
  'Membership',
  z.object({
    _id: z.string(),
    consortium_id: z.string(),
    org_name: z.string(),
    verification_proof: z.string().optional(),
    external_id: z.string().optional().meta({
      description:
        'What a role that the server assumes for the membership has to require. Only the membership and operators see it.',
    }),
    state: z.enum(['active', 'deleted']),
  }),
);
export type MembershipAnswer = Answer<typeof membershipAnswer>;

const key = {
  _id: z.string(),
  role,
  label: z.string(),
  public_key: z
    .unknown()
    .optional()
    .meta({ description: 'Of a key that signs requests on the bus, as a JWK.' }),
  signs_as: z.string().optional().meta({ description: 'The `kid` of its signatures.' }),
};
export const keyAnswer = answer('Key', z.object(key));
export type KeyAnswer = Answer<typeof keyAnswer>;
export const issuedKeyAnswer = answer(
  'IssuedKey',
  z.object({
    ...key,
    key: z
      .string()
      .optional()
      .meta({ description: 'The text of the key; it is never shown again. A key that signs has none.' }),
  }),
);
export type IssuedKeyAnswer = Answer<typeof issuedKeyAnswer>;

export const managedTakeoverAnswer = answer('ManagedTakeover', z.object({ epoch: count }));
export type ManagedTakeoverAnswer = Answer<typeof managedTakeoverAnswer>;

export const environmentAnswer = answer(
  'Environment',
  z.object({
    _id: z.string(),
    consortium_id: z.string(),
    name: z.string(),
    description: z.string().optional(),
    provider: z.enum(['geth', 'quorum', 'besu', 'pantheon']),
    consensus_type: z.enum(['poa', 'clique', 'ibft', 'qbft', 'raft', 'ibft2', 'other']),
    state: live,
    deleted_at: instant.optional(),
    managed: z.object({ provider: z.string() }).catchall(z.unknown()).optional(),
    release_id: z.unknown().optional(),
    block_period: z.unknown().optional(),
    chain_id: z.unknown().optional(),
    prefunded_accounts: z.unknown().optional(),
    test_features: z.unknown().optional(),
  }),
);
export type EnvironmentAnswer = Answer<typeof environmentAnswer>;

const masked = z.literal('********').optional();
const node = {
  _id: z.string(),
  consortium_id: z.string(),
  environment_id: z.string(),
  name: z.string(),
  membership_id: z.string().optional(),
  state: z.enum(['started', 'deleted']),
  role: z.enum(['validator', 'monitor', 'other']),
  provider: environmentAnswer.shape.provider,
  consensus_type: environmentAnswer.shape.consensus_type,
  urls: z.record(z.string(), z.string()),
  backup_id: z.string().optional(),
  controller: z.string().optional(),
  same_as: z
    .string()
    .optional()
    .describe('The node that this one is the same as: they count as one validator.'),
  address: z
    .string()
    .optional()
    .describe('The address of the validator on the chain. Nodes with one address count as one validator.'),
  auth: masked,
  tls: masked,
  proxy: masked,
  excused: z.object({ until: instant, reason: z.string() }).optional(),
};
export const nodeAnswer = answer('Node', z.object(node));
export type NodeAnswer = Answer<typeof nodeAnswer>;
export const resetNodeAnswer = answer(
  'ResetNode',
  z.object({
    ...node,
    reset: z.object({ how: z.enum(['re-probed', 'restarted']), findings: z.array(finding) }),
  }),
);
export type ResetNodeAnswer = Answer<typeof resetNodeAnswer>;
export const probedNodeAnswer = answer(
  'ProbedNode',
  z.object({ _id: z.string(), ok: z.boolean(), findings: z.array(finding) }),
);
export type ProbedNodeAnswer = Answer<typeof probedNodeAnswer>;
export const probeAnswer = answer('Probe', z.object({ ok: z.boolean(), findings: z.array(finding) }));
export type ProbeAnswer = Answer<typeof probeAnswer>;

export const genesisAnswer = z.record(z.string(), z.unknown());
export const providedGenesisAnswer = answer(
  'ProvidedGenesis',
  z.object({
    version: count.optional(),
    genesis_hash: hash,
    chain_id: count.optional(),
    sha256: z.string(),
    bytes: count,
  }),
);
export type ProvidedGenesisAnswer = Answer<typeof providedGenesisAnswer>;
