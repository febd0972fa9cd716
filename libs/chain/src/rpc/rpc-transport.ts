import type { HexStream } from './hex-stream.js';

export type SendOptions = Readonly<{
  /** Bound on the whole exchange, connecting included, in ms. */
  timeoutMs: number;
  /** Bound on the answer, in bytes. */
  responseBytesMax: number;
  signal?: AbortSignal | undefined;
  /** May it be sent again after the connection was closed without an answer? True by default: questions change nothing. */
  isRepeatable?: boolean | undefined;
  /** Takes the answer as it comes; `send` then resolves with what it leaves over. */
  into?: HexStream | undefined;
  /** Told of the bytes that came. Throws what ends the exchange. */
  onBytes?: ((bytes: number) => void) | undefined;
}>;

/**
 * Port: carries one JSON-RPC request (an object or a batch) to a node and brings the bytes of its answer.
 * Calls may overlap. Throws `NODE_UNREACHABLE`, `NODE_TIMEOUT`, `NODE_AUTH_FAILED`, `NODE_HOST_REFUSED`,
 * `NODE_RATE_LIMITED`, `NODE_ANSWER_INVALID` and `NODE_ANSWER_TOO_LARGE`, each naming the node; when `signal` aborts,
 * its reason.
 */
export abstract class RpcTransport {
  abstract send(body: string | Uint8Array, options: SendOptions): Promise<Uint8Array>;
  /** Closes every connection; calls in flight fail. Safe to repeat. */
  abstract close(): Promise<void>;
}
