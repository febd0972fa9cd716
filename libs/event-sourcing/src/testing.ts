import { expect } from '@jest/globals';
import { fold, reasonIgnored, type Decider } from './decider.js';
import type { DomainEvent } from './event.js';

/** given(past events).when(command).then(new events): the only language deciders' specs need. */
export const specFor =
  <S, C, E extends DomainEvent>(decider: Decider<S, C, E>) =>
  (...given: readonly E[]) => ({
    when: (command: C) => {
      const run = () => decider.decide(command, fold(decider, given));
      return {
        then: (...expected: readonly E[]) => {
          expect(run()).toStrictEqual(expected);
        },
        /** No event, and why. */
        thenNothing: (reason: string) => {
          const decision = run();
          expect([...decision]).toStrictEqual([]);
          expect(reasonIgnored(decision)).toBe(reason);
        },
        thenThrows: (code: string) => {
          let thrown: unknown;
          try {
            run();
          } catch (error) {
            thrown = error;
          }
          expect(thrown).toMatchObject({ code });
        },
      };
    },
  });
