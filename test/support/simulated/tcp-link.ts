import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP link to a server on 127.0.0.1 that can be cut, or fall silent with its connections open. */
export class TcpLink {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private silent = false;

  private constructor(private readonly targetPort: number) {
    this.server = createServer({ noDelay: true }, (client) => {
      this.join(client);
    });
  }

  static async open(targetPort: number, port = 0): Promise<TcpLink> {
    const link = new TcpLink(targetPort);
    await new Promise<void>((resolve, reject) => {
      link.server.once('error', reject);
      link.server.listen(port, '127.0.0.1', resolve);
    });
    return link;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Breaks all connections; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Nothing passes in either direction while this holds, also on new connections. */
  silence(silent: boolean): void {
    this.silent = silent;
    for (const socket of this.sockets) {
      if (silent) socket.pause();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }

  private join(client: Socket): void {
    const server = connect({ port: this.targetPort, host: '127.0.0.1', noDelay: true });
    const pairs = [
      [client, server],
      [server, client],
    ] as const;
    for (const [from, to] of pairs) {
      this.sockets.add(from);
      from.on('data', (chunk) => {
        if (!to.destroyed) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.once('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
    if (this.silent) this.silence(true);
  }
}
