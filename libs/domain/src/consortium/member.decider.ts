import { ignored, type Decision, type Decider, type DomainEvent } from '#libs/event-sourcing';
import { canonicalJson, CodedError, deterministicId, type Instant } from '#libs/kernel';

export type Role = 'operator' | 'member_admin' | 'member_viewer';
export type MemberDescription = Readonly<{ orgName: string; verificationProof?: string }>;
/**
 * A key is stored as the sha256 of its text only. One with a public key (a JWK as JSON) has no text: it signs requests
 * on the bus and opens no API; its `hash` then is a name that no sha256 can be.
 */
export type ApiKey = Readonly<{
  keyId: string;
  role: Role;
  hash: string;
  label: string;
  publicKey?: string;
}>;

export type MemberEvent =
  | DomainEvent<
      'MemberRegistered',
      MemberDescription & { memberId: string; consortiumId: string; at: Instant }
    >
  | DomainEvent<'MemberChanged', MemberDescription & { at: Instant }>
  | DomainEvent<'MemberRemoved', { at: Instant }>
  | DomainEvent<'ApiKeyIssued', ApiKey & { memberId: string; at: Instant }>
  | DomainEvent<'ApiKeyRevoked', { keyId: string; at: Instant }>;

export type MemberState =
  | Readonly<{ status: 'absent' }>
  | (MemberDescription &
      Readonly<{
        status: 'live' | 'removed';
        memberId: string;
        consortiumId: string;
        /** What roles that this server assumes for the member have to require; it never changes. */
        externalId: string;
        keys: ReadonlyMap<string, ApiKey>;
        removedAt: Instant | undefined;
      }>);

export type MemberCommand =
  | Readonly<{
      type: 'RegisterMember';
      memberId: string;
      consortiumId: string;
      description: MemberDescription;
      at: Instant;
    }>
  | Readonly<{ type: 'ChangeMember'; description: MemberDescription; at: Instant }>
  | Readonly<{ type: 'RemoveMember'; at: Instant }>
  | Readonly<{ type: 'IssueApiKey'; key: ApiKey; at: Instant }>
  | Readonly<{ type: 'RevokeApiKey'; keyId: string; at: Instant }>;

type Live = Exclude<MemberState, { status: 'absent' }>;

const evolveLive = (state: Live, event: MemberEvent): MemberState => {
  switch (event.type) {
    case 'MemberRegistered':
      return state;
    case 'MemberChanged': {
      const { at: _at, ...description } = event.data;
      const { verificationProof: _old, ...kept } = state;
      return { ...kept, ...description };
    }
    case 'MemberRemoved':
      return { ...state, status: 'removed', keys: new Map(), removedAt: event.data.at };
    case 'ApiKeyIssued': {
      const { at: _at, memberId: _member, ...key } = event.data;
      return { ...state, keys: new Map(state.keys).set(key.keyId, key) };
    }
    case 'ApiKeyRevoked': {
      const keys = new Map(state.keys);
      keys.delete(event.data.keyId);
      return { ...state, keys };
    }
  }
};

type Command<Type extends MemberCommand['type']> = Extract<MemberCommand, { type: Type }>;
type Events = Decision<MemberEvent>;

const register = (command: Command<'RegisterMember'>, state: MemberState): Events => {
  const { memberId, consortiumId, description, at } = command;
  if (state.status !== 'absent') {
    throw new CodedError('RESOURCE_EXISTS', `Member ${memberId} exists (IDs are permanent).`);
  }
  return [{ type: 'MemberRegistered', data: { ...description, memberId, consortiumId, at } }];
};

const change = ({ description, at }: Command<'ChangeMember'>, state: Live): Events => {
  const { orgName, verificationProof } = description;
  const same = orgName === state.orgName && verificationProof === state.verificationProof;
  return same ? ignored('UNCHANGED') : [{ type: 'MemberChanged', data: { ...description, at } }];
};

const remove = ({ at }: Command<'RemoveMember'>, state: Live): Events => [
  ...[...state.keys.keys()].map((keyId): MemberEvent => ({ type: 'ApiKeyRevoked', data: { keyId, at } })),
  { type: 'MemberRemoved', data: { at } },
];

const issue = ({ key, at }: Command<'IssueApiKey'>, state: Live): Events => {
  const existing = state.keys.get(key.keyId);
  if (existing === undefined) {
    return [{ type: 'ApiKeyIssued', data: { ...key, memberId: state.memberId, at } }];
  }
  if (canonicalJson(existing) === canonicalJson(key)) return ignored('UNCHANGED');
  throw new CodedError('RESOURCE_EXISTS', `A different key ${key.keyId} exists.`, {
    context: { keyId: key.keyId },
  });
};

const revoke = ({ keyId, at }: Command<'RevokeApiKey'>, state: Live): Events =>
  state.keys.has(keyId) ? [{ type: 'ApiKeyRevoked', data: { keyId, at } }] : ignored('KEY_UNKNOWN');

const decideLive = (command: Exclude<MemberCommand, Command<'RegisterMember'>>, state: Live): Events => {
  switch (command.type) {
    case 'ChangeMember':
      return change(command, state);
    case 'RemoveMember':
      return remove(command, state);
    case 'IssueApiKey':
      return issue(command, state);
    case 'RevokeApiKey':
      return revoke(command, state);
  }
};

/** Not a secret: the server never uses one member's for another. Made of facts that every version recorded. */
const externalIdOf = (memberId: string, registeredAt: Instant): string =>
  `ck-${deterministicId('external-id', memberId, registeredAt)}`;

/** A member of a consortium and its keys. Removing it revokes them; its files stay. */
export const memberDecider: Decider<MemberState, MemberCommand, MemberEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve: (state, event) => {
    if (state.status !== 'absent') return evolveLive(state, event);
    if (event.type !== 'MemberRegistered') return state;
    const { at, ...description } = event.data;
    const externalId = externalIdOf(description.memberId, at);
    return { ...description, status: 'live', externalId, keys: new Map(), removedAt: undefined };
  },
  decide: (command, state) => {
    if (command.type === 'RegisterMember') return register(command, state);
    if (state.status === 'removed' && command.type === 'RemoveMember') return ignored('ALREADY_REMOVED');
    if (state.status !== 'live') throw new CodedError('RESOURCE_NOT_FOUND', 'There is no such member.');
    return decideLive(command, state);
  },
};
