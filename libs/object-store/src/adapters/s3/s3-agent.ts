import { Agent } from 'node:http';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';

const READ_BYTES = 128 << 10;

/**
 * Connections that read into one buffer each. The HTTP parser copies what it hands on, so a read of its own buffer for
 * every 64 KiB that arrive, as sockets do by themselves, would only keep the collector busy.
 */
export class ReadingAgent extends Agent {
  override createConnection(options: TcpNetConnectOpts): Socket {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const callback = (bytes: number): boolean => {
      socket.emit('data', buffer.subarray(0, bytes));
      return true;
    };
    const socket = connect({ ...options, onread: { buffer, callback } });
    return socket;
  }
}
