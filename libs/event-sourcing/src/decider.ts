import type { DomainEvent } from './event.js';

/**
 * The pure heart of a stream: `decide` turns a command and the state into new events (none when the command is a
 * repetition, a coded error when it is refused); `evolve` folds an event into the state. No clock, no IO, no randomness.
 */
export interface Decider<State, Command, E extends DomainEvent> {
  readonly initialState: () => State;
  readonly evolve: (state: State, event: E) => State;
  readonly decide: (command: Command, state: State) => readonly E[];
}

export const fold = <S, C, E extends DomainEvent>(
  decider: Decider<S, C, E>,
  events: Iterable<E>,
  from: S = decider.initialState(),
): S => {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
};
