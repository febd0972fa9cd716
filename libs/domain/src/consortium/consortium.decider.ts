import { ignored, type Decider, type DomainEvent } from '#libs/event-sourcing';
import { CodedError, type Instant } from '#libs/kernel';

export type ConsortiumDescription = Readonly<{ name: string; description?: string }>;

export type ConsortiumEvent =
  | DomainEvent<'ConsortiumRegistered', ConsortiumDescription & { consortiumId: string; at: Instant }>
  | DomainEvent<'ConsortiumChanged', ConsortiumDescription & { at: Instant }>
  | DomainEvent<'ConsortiumRemoved', { at: Instant }>;

export type ConsortiumState =
  | Readonly<{ status: 'absent' }>
  | (ConsortiumDescription &
      Readonly<{ status: 'live' | 'removed'; consortiumId: string; removedAt: Instant | undefined }>);

export type ConsortiumCommand =
  | Readonly<{
      type: 'RegisterConsortium';
      consortiumId: string;
      description: ConsortiumDescription;
      at: Instant;
    }>
  | Readonly<{ type: 'ChangeConsortium'; description: ConsortiumDescription; at: Instant }>
  | Readonly<{ type: 'RemoveConsortium'; at: Instant }>;

/** A consortium: the roof over members and environments. */
export const consortiumDecider: Decider<ConsortiumState, ConsortiumCommand, ConsortiumEvent> = {
  initialState: () => ({ status: 'absent' }),
  evolve: (state, event) => {
    if (event.type === 'ConsortiumRegistered') {
      const { at: _at, ...description } = event.data;
      return { ...description, status: 'live', removedAt: undefined };
    }
    if (state.status === 'absent') return state;
    if (event.type === 'ConsortiumRemoved') return { ...state, status: 'removed', removedAt: event.data.at };
    const { at: _at, ...description } = event.data;
    const { description: _old, ...kept } = state;
    return { ...kept, ...description };
  },
  decide: (command, state) => {
    if (command.type === 'RegisterConsortium') {
      const { consortiumId, description, at } = command;
      if (state.status !== 'absent') {
        throw new CodedError('RESOURCE_EXISTS', `Consortium ${consortiumId} exists (IDs are permanent).`);
      }
      return [{ type: 'ConsortiumRegistered', data: { ...description, consortiumId, at } }];
    }
    if (state.status === 'removed' && command.type === 'RemoveConsortium') return ignored('ALREADY_REMOVED');
    if (state.status !== 'live') throw new CodedError('RESOURCE_NOT_FOUND', 'There is no such consortium.');
    if (command.type === 'RemoveConsortium') return [{ type: 'ConsortiumRemoved', data: { at: command.at } }];
    const { name, description } = command.description;
    return name === state.name && description === state.description
      ? ignored('UNCHANGED')
      : [{ type: 'ConsortiumChanged', data: { ...command.description, at: command.at } }];
  },
};
