import { DeadLetterSink, type DeadLetter } from '#libs/event-sourcing';

/** The DeadLetterSink port in memory, for tests and simulations. */
export class MemoryDeadLetterSink extends DeadLetterSink {
  private readonly letters = new Map<string, DeadLetter>();

  async record(letter: DeadLetter): Promise<void> {
    this.letters.set(JSON.stringify([letter.consumer, letter.eventId]), letter);
  }

  async list(limit: number): Promise<readonly DeadLetter[]> {
    const order = (a: DeadLetter, b: DeadLetter): number =>
      Number(a.position - b.position) || (a.consumer < b.consumer ? -1 : 1);
    return [...this.letters.values()].sort(order).slice(0, limit);
  }
}
