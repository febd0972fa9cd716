import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DeadLetter, DeadLetterSink } from '#libs/event-sourcing';

const aLetter = (overrides: Partial<DeadLetter> = {}): DeadLetter => ({
  consumer: 'exporter',
  eventId: 'e-1',
  type: 'RangeAgreed',
  stream: 'backup-prod',
  position: 5n,
  code: 'INTERNAL',
  message: 'x is not a function',
  attempts: 5,
  at: '2026-01-31T12:00:00.000Z',
  ...overrides,
});

/** The suite every adapter of the DeadLetterSink port passes. */
export const describeDeadLetterSinkContract = (
  name: string,
  make: () => Promise<{ sink: DeadLetterSink; close(): Promise<void> }>,
): void => {
  describe(`DeadLetterSink contract: ${name}`, () => {
    let under: Awaited<ReturnType<typeof make>>;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(async () => {
      await under.close();
    });

    it('keeps letters by position, one for an event and a consumer', async () => {
      const [late, early, other] = [
        aLetter({ eventId: 'e-9', position: 9n }),
        aLetter({ message: 'ü 🦄' }),
        aLetter({ consumer: 'history' }),
      ];
      expect(await under.sink.list(10)).toStrictEqual([]);
      for (const letter of [late, aLetter({ attempts: 1 }), other, early]) await under.sink.record(letter);
      expect(await under.sink.list(10)).toStrictEqual([early, other, late]);
      expect(await under.sink.list(1)).toStrictEqual([early]);
    });
  });
};
