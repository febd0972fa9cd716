import { Clock } from '#libs/kernel';
import { Log, type LogFields } from './log.js';
import { Lanes, type LanesOptions } from './lanes.js';

type Sleeper = { readonly wakesAtMs: number; readonly wake: () => void };

/** A clock that only moves when a test moves it. */
export class ManualClock extends Clock {
  private now: number;
  private setByMs = 0;
  private readonly sleepers = new Set<Sleeper>();

  constructor(startMs = Date.UTC(2026, 0, 31)) {
    super();
    this.now = startMs;
  }

  override nowMs(): number {
    return this.now + this.setByMs;
  }

  override monotonicMs(): number {
    return this.now;
  }

  /** The clock of the machine is set; nobody who sleeps wakes earlier or later. */
  set(nowMs: number): void {
    this.setByMs = nowMs - this.now;
  }

  /** How many sleeps are in progress. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        wakesAtMs: this.now + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          this.sleepers.delete(sleeper);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.sleepers.add(sleeper);
    });
  }

  /** Moves the time on, waking each sleeper at its own time and letting what it starts run before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await settle();
      const due = [...this.sleepers].filter(({ wakesAtMs }) => wakesAtMs <= until);
      const next = due.sort((a, b) => a.wakesAtMs - b.wakesAtMs)[0];
      if (!next) break;
      this.now = Math.max(this.now, next.wakesAtMs);
      next.wake();
    }
    this.now = until;
    await settle();
  }
}

/** Lets everything that waits for nothing but promises go on. */
export const settle = async (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

export type LogLine = Readonly<{ level: string; message: string; fields: LogFields }>;

/** Keeps lines for a test to look at. */
export class MemoryLog extends Log {
  readonly lines: LogLine[];

  constructor(
    private readonly fields: LogFields = {},
    lines: LogLine[] = [],
  ) {
    super();
    this.lines = lines;
  }

  override debug(message: string, fields?: LogFields): void {
    this.add('debug', message, fields);
  }
  override info(message: string, fields?: LogFields): void {
    this.add('info', message, fields);
  }
  override warn(message: string, fields?: LogFields): void {
    this.add('warn', message, fields);
  }
  override error(message: string, fields?: LogFields): void {
    this.add('error', message, fields);
  }
  override with(fields: LogFields): Log {
    return new MemoryLog({ ...this.fields, ...fields }, this.lines);
  }

  private add(level: string, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields: { ...this.fields, ...fields } });
  }
}

/** Lanes on a clock and a log of the test's. */
export const lanesFor = (overrides: Partial<LanesOptions> & Pick<LanesOptions, 'step'>) => {
  const clock = new ManualClock();
  const log = new MemoryLog();
  const lanes = new Lanes({
    name: 'test',
    onFailure: async () => ({ retryAfterMs: 1_000 }),
    concurrencyMax: 2,
    clock,
    log,
    ...overrides,
  });
  return { clock, log, lanes };
};

/** How long a test waits for what must happen, in ms: only a failure takes that long. */
const PATIENCE_MS = 240_000;

/** Looks again and again until `holds` does. Throws RangeError after four minutes. */
export const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new RangeError('It did not become true.');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
