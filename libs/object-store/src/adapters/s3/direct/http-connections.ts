import { assertUrlAllowed } from '#libs/outbound';
import { HttpConnection, type HttpAnswer, type HttpRequest, type HttpTimes } from './http-connection.js';

/** A bounded number of connections to one server; each is used again for the next request. */
export class HttpConnections {
  private readonly all = new Set<HttpConnection>();
  /** The last one used is last, and is used next: connections that are not needed grow old and end. */
  private readonly free: HttpConnection[] = [];

  constructor(
    private readonly server: URL,
    private readonly connectionsMax: number,
    private readonly times: HttpTimes,
  ) {
    assertUrlAllowed(server.href);
  }

  /**
   * Resolves with an ordinary answer. Rejects with the signal's reason when it aborts first; otherwise with what went
   * wrong, and it is unknown what the server did. `undefined`, with nothing sent, when all connections are in use.
   */
  async send(request: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer | undefined> {
    signal?.throwIfAborted();
    const connection = this.free.pop() ?? this.open();
    if (connection === undefined) return undefined;
    const onAbort = (): void => {
      connection.destroy();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await connection.send(request);
    } catch (error) {
      connection.destroy();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  private open(): HttpConnection | undefined {
    if (this.all.size >= this.connectionsMax) return undefined;
    const connection: HttpConnection = new HttpConnection(this.server, this.times, {
      free: () => this.free.push(connection),
      closed: () => {
        this.all.delete(connection);
        const at = this.free.indexOf(connection);
        if (at >= 0) this.free.splice(at, 1);
      },
    });
    this.all.add(connection);
    return connection;
  }
}
