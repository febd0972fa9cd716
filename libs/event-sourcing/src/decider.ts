import type { DomainEvent } from './event.js';

/** A decision that adds no event, and why. */
export type Ignored = readonly never[] & Readonly<{ ignored: string }>;

/** New events, or the reason why there are none. */
export type Decision<E> = readonly [E, ...E[]] | readonly [...E[], E] | Ignored;

/** The decision to add nothing. `reason` is a name that the log shows, such as `SLOT_SERVED`. */
export const ignored = (reason: string): Ignored => Object.assign([] as never[], { ignored: reason });

/** Why a decision adds nothing; `undefined` when it adds events. */
export const reasonIgnored = (decision: Decision<unknown>): string | undefined =>
  'ignored' in decision ? decision.ignored : undefined;

/**
 * The pure heart of a stream: `decide` turns a command and the state into new events (a named reason when there is
 * nothing to do, a coded error when it is refused); `evolve` folds an event into the state. No clock, no IO, no
 * randomness.
 */
export interface Decider<State, Command, E extends DomainEvent> {
  readonly initialState: () => State;
  readonly evolve: (state: State, event: E) => State;
  readonly decide: (command: Command, state: State) => Decision<E>;
}

/**
 * The state after these events.
 * @internal used by tests
 */
export const fold = <S, C, E extends DomainEvent>(
  decider: Decider<S, C, E>,
  events: Iterable<E>,
  from: S = decider.initialState(),
): S => {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
};
