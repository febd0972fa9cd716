/** One connection that carries one request at a time. */
export type Lane = Readonly<{
  request(body: string | Uint8Array, responseBytesMax: number): Promise<Uint8Array>;
  isOpen(): boolean;
  /** Breaks the connection; a request under way fails. */
  destroy(): void;
}>;

type Waiter = () => void;

/**
 * Lends connections, at most `lanesMax` at once; the others wait in order. A lane whose request failed or was
 * abandoned is destroyed, because its late answer would be taken for the next one's.
 */
export class LanePool {
  readonly #open: () => Promise<Lane>;
  readonly #lanesMax: number;
  readonly #idle: Lane[] = [];
  readonly #busy = new Set<Lane>();
  readonly #waiters: Waiter[] = [];
  #lent = 0;
  #closed = false;

  constructor(open: () => Promise<Lane>, lanesMax: number) {
    this.#open = open;
    this.#lanesMax = lanesMax;
  }

  async run(body: string | Uint8Array, responseBytesMax: number, signal: AbortSignal): Promise<Uint8Array> {
    await this.#admit(signal);
    let lane: Lane | undefined;
    let isAnswered = false;
    try {
      lane = await this.#take(signal);
      const answer = await lane.request(body, responseBytesMax);
      isAnswered = true;
      return answer;
    } finally {
      this.#release(lane, isAnswered);
    }
  }

  close(): void {
    this.#closed = true;
    for (const lane of [...this.#idle, ...this.#busy]) lane.destroy();
    this.#idle.length = 0;
  }

  async #admit(signal: AbortSignal): Promise<void> {
    while (this.#lent >= this.#lanesMax) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.#waiters.push(wake);
      });
    }
    signal.throwIfAborted();
    this.#lent++;
  }

  async #take(signal: AbortSignal): Promise<Lane> {
    const idle = this.#idle.pop();
    const lane = idle?.isOpen() === true ? idle : await openedBefore(signal, this.#open());
    this.#busy.add(lane);
    if (signal.aborted || this.#closed) lane.destroy();
    else {
      signal.addEventListener(
        'abort',
        () => {
          if (this.#busy.has(lane)) lane.destroy();
        },
        { once: true },
      );
    }
    return lane;
  }

  #release(lane: Lane | undefined, isAnswered: boolean): void {
    this.#lent--;
    if (lane) {
      this.#busy.delete(lane);
      if (isAnswered && lane.isOpen() && !this.#closed) this.#idle.push(lane);
      else lane.destroy();
    }
    for (const wake of this.#waiters.splice(0)) wake();
  }
}

/** The lane once it is open; when the signal aborts first, rejects at once and the late lane is destroyed. */
const openedBefore = (signal: AbortSignal, opening: Promise<Lane>): Promise<Lane> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    opening
      .then((lane) => {
        if (signal.aborted) lane.destroy();
        else resolve(lane);
      }, reject)
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      });
  });
