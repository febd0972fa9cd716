import { z } from 'zod';
import {
  recordedBucket,
  type Consensus,
  type EnvironmentDescription,
  type LiveEnvironment,
  type ManagedBucket,
  type Provider,
} from '#libs/domain';
import type { EnvironmentAnswer } from '../answers/network.answers.js';
import { defined, freeText, given, ids, MASK, text } from '../schemas.js';

const PROVIDERS = ['geth', 'quorum', 'besu', 'pantheon'] as const;
const CONSENSUS = ['poa', 'clique', 'ibft', 'qbft', 'raft', 'ibft2', 'other'] as const;
export const providerName = z.enum(PROVIDERS);
export const consensusName = z.enum(CONSENSUS);

/** Fields of the original service that are kept and returned, without a meaning here. */
const kept = {
  release_id: z.unknown().optional(),
  block_period: z.unknown().optional(),
  chain_id: z.unknown().optional(),
  prefunded_accounts: z.unknown().optional(),
  test_features: z.unknown().optional(),
};
const KEPT = Object.keys(kept) as (keyof typeof kept)[];
const managed = given(z.looseObject({ provider: z.string() }));

export const environmentBody = z.object({
  ...ids,
  name: text.min(1),
  description: freeText,
  provider: providerName,
  consensus_type: given(consensusName),
  managed,
  ...kept,
});
export const environmentChanges = z.object({
  name: given(text),
  description: freeText,
  provider: given(providerName),
  consensus_type: given(consensusName),
  managed,
  ...kept,
});
export type EnvironmentBody = z.infer<typeof environmentBody>;
export type EnvironmentChanges = z.infer<typeof environmentChanges>;

/** What the original service chose when nothing was said. A hint for reports: blocks are judged by themselves. */
const USUAL: Readonly<Record<Provider, Consensus>> = { geth: 'clique', quorum: 'ibft', besu: 'ibft2' };

export const toProvider = (name: (typeof PROVIDERS)[number]): Provider =>
  name === 'pantheon' ? 'besu' : name;
export const toConsensus = (name: (typeof CONSENSUS)[number]): Consensus =>
  name === 'poa' ? 'clique' : name;

/** Older names of the same thing, as this caller wrote them: they are sent back the same. */
const spelling = (body: EnvironmentChanges): Record<string, unknown> => ({
  ...(body.provider === undefined ? {} : { provider: body.provider }),
  ...(body.consensus_type === undefined ? {} : { consensus_type: body.consensus_type }),
});

const keptOf = (body: EnvironmentChanges): Record<string, unknown> =>
  Object.fromEntries(KEPT.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));

/** `managed` with its secrets sealed, as `ManagedHandler` makes it of what the caller sent. */
type Sealed = Readonly<{ managed?: ManagedBucket }>;

export const toDescription = (body: EnvironmentBody, { managed }: Sealed): EnvironmentDescription => {
  const provider = toProvider(body.provider);
  const consensus = body.consensus_type ? toConsensus(body.consensus_type) : USUAL[provider];
  const { name, description } = body;
  const extra = { ...keptOf(body), ...spelling(body) };
  return { ...defined({ name, description, managed }), provider, consensus, extra };
};

export const toChanges = (
  body: EnvironmentChanges,
  state: LiveEnvironment,
  { managed }: Sealed,
): Partial<EnvironmentDescription> => ({
  ...defined({ name: body.name, description: body.description, managed }),
  ...(body.provider === undefined ? {} : { provider: toProvider(body.provider) }),
  ...(body.consensus_type === undefined ? {} : { consensus: toConsensus(body.consensus_type) }),
  extra: { ...state.extra, ...keptOf(body), ...spelling(body) },
});

/** The name of a provider or consensus as the environment's callers write it. */
export const spelledProvider = (
  provider: Provider,
  { extra }: LiveEnvironment,
): z.infer<typeof providerName> => {
  const theirs = providerName.safeParse(extra?.['provider']);
  return theirs.success && toProvider(theirs.data) === provider ? theirs.data : provider;
};
export const spelledConsensus = (
  consensus: Consensus,
  { extra }: LiveEnvironment,
): z.infer<typeof consensusName> => {
  const theirs = consensusName.safeParse(extra?.['consensus_type']);
  return theirs.success && toConsensus(theirs.data) === consensus ? theirs.data : consensus;
};

/** To whom, and which secrets its managed bucket has. */
type Shown = Readonly<{ secretNames?: readonly string[]; isOperator?: boolean }>;

/** The managed bucket as it is answered: flat, like the details of a target, every secret there is masked. */
const toManaged = (
  managed: ManagedBucket | undefined,
  { secretNames = [], isOperator = false }: Shown,
): EnvironmentAnswer['managed'] => {
  if (managed === undefined) return undefined;
  const { provider, details } = recordedBucket(managed);
  // Which keys, roles and paths there are is nothing that a member needs.
  if (!isOperator) return { provider };
  const masked = Object.fromEntries(secretNames.map((name) => [name, MASK]));
  return { provider, ...details, ...masked };
};

export const toEnvironment = (state: LiveEnvironment, shown: Shown = {}): EnvironmentAnswer =>
  defined({
    ...state.extra,
    _id: state.environmentId,
    consortium_id: state.consortiumId,
    name: state.name,
    description: state.description,
    provider: spelledProvider(state.provider, state),
    consensus_type: spelledConsensus(state.consensus, state),
    state: state.status === 'live' ? ('live' as const) : ('deleted' as const),
    deleted_at: state.removedAt,
    managed: toManaged(state.managed, shown),
  });
