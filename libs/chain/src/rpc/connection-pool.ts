import type { SendOptions } from './rpc-transport.js';

export type AnswerOptions = Pick<SendOptions, 'responseBytesMax' | 'into' | 'onBytes'>;

/** One connection that carries one request at a time. */
export type Connection = Readonly<{
  request(body: string | Uint8Array, options: AnswerOptions): Promise<Uint8Array>;
  isOpen(): boolean;
  /** Breaks the connection; a request in flight fails. */
  destroy(): void;
}>;

type Waiter = () => void;

/**
 * Lends connections, at most `connectionsMax` at once; the others wait in order. A connection whose request failed or was
 * abandoned is destroyed, because its late answer would be read as the next one's.
 */
export class ConnectionPool {
  private readonly open: () => Promise<Connection>;
  private readonly connectionsMax: number;
  private readonly idle: Connection[] = [];
  private readonly busy = new Set<Connection>();
  private readonly waiters: Waiter[] = [];
  private lent = 0;
  private closed = false;

  constructor(open: () => Promise<Connection>, connectionsMax: number) {
    this.open = open;
    this.connectionsMax = connectionsMax;
  }

  async run(body: string | Uint8Array, options: AnswerOptions, signal: AbortSignal): Promise<Uint8Array> {
    await this.admit(signal);
    let connection: Connection | undefined;
    let isAnswered = false;
    try {
      connection = await this.take(signal);
      const answer = await connection.request(body, options);
      isAnswered = true;
      return answer;
    } finally {
      this.release(connection, isAnswered);
    }
  }

  close(): void {
    this.closed = true;
    for (const connection of [...this.idle, ...this.busy]) connection.destroy();
    this.idle.length = 0;
  }

  private async admit(signal: AbortSignal): Promise<void> {
    while (this.lent >= this.connectionsMax) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.waiters.push(wake);
      });
    }
    signal.throwIfAborted();
    this.lent++;
  }

  private async take(signal: AbortSignal): Promise<Connection> {
    const idle = this.idle.pop();
    const connection = idle?.isOpen() === true ? idle : await openedBefore(signal, this.open());
    this.busy.add(connection);
    if (signal.aborted || this.closed) connection.destroy();
    else {
      signal.addEventListener(
        'abort',
        () => {
          if (this.busy.has(connection)) connection.destroy();
        },
        { once: true },
      );
    }
    return connection;
  }

  private release(connection: Connection | undefined, isAnswered: boolean): void {
    this.lent--;
    if (connection) {
      this.busy.delete(connection);
      if (isAnswered && connection.isOpen() && !this.closed) this.idle.push(connection);
      else connection.destroy();
    }
    for (const wake of this.waiters.splice(0)) wake();
  }
}

/** The connection once it is open; when the signal aborts first, rejects at once and the late connection is destroyed. */
const openedBefore = (signal: AbortSignal, opening: Promise<Connection>): Promise<Connection> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    opening
      .then((connection) => {
        if (signal.aborted) connection.destroy();
        else resolve(connection);
      }, reject)
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      });
  });
