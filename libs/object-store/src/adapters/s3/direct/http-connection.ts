import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { bareHost, guardedLookup } from '#libs/outbound';
import { parseHead, requestHead, type AnswerHead, type Headers } from './http-head.js';
import { HttpBody } from './http-body.js';

/** An ordinary head is a tenth of it; what else follows in the same read is copied. */
const HEAD_BYTES_MAX = 16 << 10;
const HEAD_END = '\r\n\r\n';
const CONTINUED = { from: 100, to: 199 };
/** Of one request: more of them only keep it open. */
const CONTINUED_MAX = 4;

export type HttpRequest = Readonly<{
  method: 'GET' | 'HEAD' | 'PUT';
  path: string;
  headers: Headers;
  body?: Buffer | undefined;
  /** Where the body of the answer is wanted. */
  into?: Buffer | undefined;
}>;

/** `body` is there for a GET that was answered with 200 and a length; any other body is left unread. */
export type HttpAnswer = Readonly<{ status: number; headers: Headers; body: HttpBody | undefined }>;

export type HttpTimes = Readonly<{
  connectTimeoutMs: number;
  /** A request on which nothing moves for this long is given up. */
  idleTimeoutMs: number;
  /** An unused connection is kept for this long. */
  keepMs: number;
}>;

type Exchange = Readonly<{
  request: HttpRequest;
  resolve: (answer: HttpAnswer) => void;
  reject: (error: Error) => void;
}>;

/**
 * A connection for one request after another. It knows only the part of HTTP/1.1 that such requests and their ordinary
 * answers need, so that a body is read straight into place, in reads as large as what has arrived, and never copied.
 * The server's heads are bounded; after anything that is not ordinary the connection is not used again.
 */
export class HttpConnection {
  private readonly socket: Socket;
  private readonly head = Buffer.allocUnsafeSlow(HEAD_BYTES_MAX);
  private headBytes = 0;
  private continued = 0;
  private exchange: Exchange | undefined;
  private body: HttpBody | undefined;
  private isLasting = true;

  constructor(
    { protocol, hostname, port }: URL,
    private readonly times: HttpTimes,
    private readonly events: Readonly<{ free: () => void; closed: () => void }>,
  ) {
    const host = bareHost(hostname);
    const isTls = protocol === 'https:';
    const options = {
      host,
      port: Number(port === '' ? (isTls ? 443 : 80) : port),
      onread: { buffer: () => this.room(), callback: (bytes: number) => this.onBytes(bytes) },
      noDelay: true,
      lookup: guardedLookup,
    };
    this.socket = isTls
      ? connectTls({ ...options, servername: isIP(host) === 0 ? host : '' })
      : connectPlain(options);
    const { socket } = this;
    socket.setTimeout(times.connectTimeoutMs);
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(times.idleTimeoutMs);
    });
    // While a body is read its reader knows better how long is too long: it may be the one who takes his time.
    socket.on('timeout', () => {
      if (this.body === undefined) this.destroy();
    });
    socket.on('end', () => {
      this.destroy();
    });
    socket.on('error', (error) => {
      this.onClosed(error);
    });
    socket.on('close', () => {
      this.onClosed(new Error('The connection was closed.'));
    });
  }

  /** Sends a request; none may be in progress. Rejects when no ordinary answer comes. */
  send(request: HttpRequest): Promise<HttpAnswer> {
    const { socket, times } = this;
    return new Promise((resolve, reject) => {
      const head = requestHead(request.method, request.path, request.headers);
      this.exchange = { request, resolve, reject };
      this.continued = 0;
      socket.ref();
      if (!socket.connecting) socket.setTimeout(times.idleTimeoutMs);
      socket.cork();
      socket.write(head, 'latin1');
      if (request.body !== undefined) socket.write(request.body);
      socket.uncork();
    });
  }

  /** Ends the connection, and with it what is in progress. */
  destroy(): void {
    this.socket.destroy();
    this.onClosed(new Error('The connection was given up.'));
  }

  private room(): Buffer {
    return this.body?.room() ?? this.head.subarray(this.headBytes);
  }

  /** So many bytes are in the last `room`. Returns whether to read on. */
  private onBytes(bytes: number): boolean {
    if (this.body !== undefined) return this.onBodyBytes(this.body, bytes);
    this.headBytes += bytes;
    this.onHeadBytes();
    return true;
  }

  private onHeadBytes(): void {
    const end = this.head.subarray(0, this.headBytes).indexOf(HEAD_END);
    if (this.exchange === undefined || (end < 0 && this.headBytes === HEAD_BYTES_MAX)) {
      this.destroy();
      return;
    }
    if (end < 0) return;
    const head = parseHead(this.head.toString('latin1', 0, end), this.exchange.request.method);
    const rest = this.head.subarray(end + HEAD_END.length, this.headBytes);
    this.headBytes = 0;
    if (head === undefined || head.status === 101) this.destroy();
    else if (head.status >= CONTINUED.from && head.status <= CONTINUED.to) this.skipHead(rest);
    else this.onHead(this.exchange, head, rest);
  }

  /** An answer before the answer ("100 Continue"): the real one follows. */
  private skipHead(rest: Buffer): void {
    this.continued += 1;
    if (this.continued > CONTINUED_MAX) {
      this.destroy();
      return;
    }
    rest.copy(this.head);
    this.headBytes = rest.length;
    if (rest.length > 0) this.onHeadBytes();
  }

  private onHead({ request, resolve }: Exchange, head: AnswerHead, rest: Buffer): void {
    const { status, headers, bodyBytes } = head;
    this.exchange = undefined;
    // What arrives unasked, or while the request is still being sent, leaves nothing that could be relied upon.
    this.isLasting = head.isLasting && rest.length <= (bodyBytes ?? 0) && this.socket.writableLength === 0;
    if (request.method === 'GET' && status === 200 && bodyBytes !== undefined) {
      this.body = this.newBody(bodyBytes, request.into);
      resolve({ status, headers, body: this.body });
      this.onBodyBytes(this.body, rest.copy(this.body.room()));
      return;
    }
    this.isLasting &&= bodyBytes === 0;
    resolve({ status, headers, body: undefined });
    this.finish();
  }

  private newBody(bytes: number, into: Buffer | undefined): HttpBody {
    return new HttpBody(bytes, into, {
      resume: () => {
        this.socket.resume();
      },
      destroy: () => {
        this.destroy();
      },
    });
  }

  private onBodyBytes(body: HttpBody, bytes: number): boolean {
    const goOn = body.arrived(bytes);
    if (!body.isComplete) return goOn;
    this.body = undefined;
    this.finish();
    return true;
  }

  private finish(): void {
    if (!this.isLasting) {
      this.destroy();
      return;
    }
    this.socket.setTimeout(this.times.keepMs);
    this.socket.unref();
    this.events.free();
  }

  private onClosed(error: Error): void {
    const { exchange, body } = this;
    this.exchange = undefined;
    this.body = undefined;
    exchange?.reject(error);
    body?.fail(error);
    this.events.closed();
  }
}
