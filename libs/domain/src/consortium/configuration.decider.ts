import { ignored, type Decider, type DomainEvent } from '#libs/event-sourcing';
import { canonicalJson, CodedError, type Instant } from '#libs/kernel';

/** A configuration of a type that is not ours: stored and returned as it came, but for its secrets. */
export type ForeignConfiguration = Readonly<{
  name: string;
  membershipId?: string;
  type: string;
  details: Readonly<Record<string, unknown>>;
  secretRef?: string;
}>;

export type ConfigurationEvent =
  | DomainEvent<
      'ConfigurationRegistered',
      ForeignConfiguration & {
        configurationId: string;
        consortiumId: string;
        environmentId: string;
        at: Instant;
      }
    >
  | DomainEvent<'ConfigurationChanged', ForeignConfiguration & { at: Instant }>
  | DomainEvent<'ConfigurationRemoved', { at: Instant }>;

export type ConfigurationState =
  | Readonly<{ status: 'absent' }>
  | (ForeignConfiguration &
      Readonly<{
        status: 'live' | 'removed';
        configurationId: string;
        consortiumId: string;
        environmentId: string;
        removedAt: Instant | undefined;
      }>);

export type ConfigurationCommand =
  | Readonly<{
      type: 'RegisterConfiguration';
      configurationId: string;
      consortiumId: string;
      environmentId: string;
      configuration: ForeignConfiguration;
      at: Instant;
    }>
  | Readonly<{ type: 'ChangeConfiguration'; configuration: ForeignConfiguration; at: Instant }>
  | Readonly<{ type: 'RemoveConfiguration'; at: Instant }>;

/** Configurations of other types than "backup". */
export const configurationDecider: Decider<ConfigurationState, ConfigurationCommand, ConfigurationEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve: (state, event) => {
    if (event.type === 'ConfigurationRegistered') {
      const { at: _at, ...configuration } = event.data;
      return { ...configuration, status: 'live', removedAt: undefined };
    }
    if (state.status === 'absent') return state;
    if (event.type === 'ConfigurationRemoved')
      return { ...state, status: 'removed', removedAt: event.data.at };
    const { at: _at, ...configuration } = event.data;
    const { membershipId: _member, secretRef: _secret, ...kept } = state;
    return { ...kept, ...configuration };
  },
  decide: (command, state) => {
    const { at } = command;
    if (command.type === 'RegisterConfiguration') {
      const { configurationId, consortiumId, environmentId, configuration } = command;
      if (state.status !== 'absent') {
        throw new CodedError(
          'RESOURCE_EXISTS',
          `Configuration ${configurationId} exists (IDs are permanent).`,
        );
      }
      const ids = { configurationId, consortiumId, environmentId };
      return [{ type: 'ConfigurationRegistered', data: { ...configuration, ...ids, at } }];
    }
    if (state.status === 'removed' && command.type === 'RemoveConfiguration')
      return ignored('ALREADY_REMOVED');
    if (state.status !== 'live')
      throw new CodedError('RESOURCE_NOT_FOUND', 'There is no such configuration.');
    if (command.type === 'RemoveConfiguration') return [{ type: 'ConfigurationRemoved', data: { at } }];
    const { configuration } = command;
    const { name, membershipId, type, details, secretRef } = state;
    const current = { name, membershipId, type, details, secretRef };
    return canonicalJson(configuration) === canonicalJson(current)
      ? ignored('UNCHANGED')
      : [{ type: 'ConfigurationChanged', data: { ...configuration, at } }];
  },
};
