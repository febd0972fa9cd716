import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { hasCode } from '#libs/kernel';
import { guardedAgents } from '#libs/outbound';
import { BoundedHandler } from './bounded-handler.js';
import { HttpConnections } from './direct/http-connections.js';
import { credentialsOf, type Credentials } from './s3-credentials.js';
import { S3Direct } from './direct/s3-direct.js';
import { toS3Error, type S3Action } from './s3-errors.js';
import type { S3Settings } from './s3-settings.js';

export type S3Limits = Readonly<{
  /** Size of a part while a file fits in 500 of them; larger files have larger parts. */
  partBytes: number;
  /** Parts of one object on their way at the same time; one more is being filled. */
  partsAtOnce: number;
  /** A connection on which nothing moves for this long is given up. */
  idleTimeoutMs: number;
  /** Do ordinary requests go without the layers of the SDK? They do when it is left out. */
  isDirect?: boolean;
}>;

export const S3_LIMITS: S3Limits = { partBytes: 8 << 20, partsAtOnce: 2, idleTimeoutMs: 60_000 };

/** Putting the parts of 100 GB together, or copying, is silent for minutes; some stores corrupt the object when the request is repeated meanwhile. */
const PATIENCE_MS = 15 * 60_000;
const ATTEMPTS_MAX = 4;
const SOCKETS_MAX = 128;
const CONNECT_TIMEOUT_MS = 10_000;
/** Shorter than servers keep an idle connection: a request is lost if the server closes it at that moment. */
const KEEP_MS = 4_000;

type Clients = Readonly<{ prompt: S3Client; patient: S3Client; direct: S3Direct | undefined }>;
type Send = S3Client['send'];
type Command = Parameters<Send>[0];
/** Part of a request whose answer carries `Output`. */
type Answering<Output> = Readonly<{
  resolveMiddleware: (...args: never[]) => (input: never) => Promise<{ output: Output }>;
}>;

const clientOf = (settings: S3Settings, credentials: Credentials, socketTimeout: number): S3Client => {
  const { region, endpoint, path_style } = settings;
  const config: S3ClientConfig = {
    region,
    credentials,
    forcePathStyle: path_style ?? endpoint !== undefined,
    maxAttempts: ATTEMPTS_MAX,
    // Checksums are made here, per target: the SDK's own stream encoding is what some stores damage.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: true,
    // What may be refused is asked before; waiting for "100 Continue" costs a connection and a round trip per object.
    expectContinueHeader: false,
    requestHandler: new BoundedHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout,
      ...guardedAgents({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    }),
  };
  return new S3Client(endpoint === undefined ? config : { ...config, endpoint });
};

/** A bucket, signed in to. Sends requests and codes their failures; a session that ended early is renewed once. */
export class S3Connection {
  private clients: Clients;

  constructor(
    readonly settings: S3Settings,
    readonly limits: S3Limits,
  ) {
    this.clients = this.signIn();
  }

  private signIn(): Clients {
    const credentials = credentialsOf(this.settings);
    const prompt = clientOf(this.settings, credentials, this.limits.idleTimeoutMs);
    const patient = clientOf(this.settings, credentials, PATIENCE_MS);
    return { prompt, patient, direct: this.limits.isDirect === false ? undefined : this.directly(prompt) };
  }

  private directly(client: S3Client): S3Direct {
    const times = {
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      idleTimeoutMs: this.limits.idleTimeoutMs,
      keepMs: KEEP_MS,
    };
    const connect = (server: URL): HttpConnections => new HttpConnections(server, SOCKETS_MAX, times);
    return new S3Direct(client, this.settings.bucket, connect);
  }

  /** The short way for ordinary requests, unless it is switched off. */
  get direct(): S3Direct | undefined {
    return this.clients.direct;
  }

  /** Key in the bucket of a key of ours. */
  fullKey(key: string): string {
    const { prefix } = this.settings;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  /** Bucket and key, as most requests want them. */
  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.settings.bucket, Key: this.fullKey(key) };
  }

  /** Rejects with the signal's reason, else with a coded error. */
  async send<Output>(command: Answering<Output>, action: S3Action, signal?: AbortSignal): Promise<Output> {
    const { clients } = this;
    const kind = action.isSlow === true ? 'patient' : 'prompt';
    try {
      return await this.sendBy(clients[kind], command, action, signal);
    } catch (error) {
      if (!hasCode(error, 'TARGET_CREDENTIALS_REFUSED') || this.settings.role_arn === undefined) throw error;
      // A session may end before its time (revoked, clocks): a new client asks for a new one.
      if (this.clients === clients) this.clients = this.signIn();
      return this.sendBy(this.clients[kind], command, action, signal);
    }
  }

  private async sendBy<Output>(
    client: S3Client,
    command: Answering<Output>,
    action: S3Action,
    signal?: AbortSignal,
  ): Promise<Output> {
    signal?.throwIfAborted();
    try {
      const options = signal === undefined ? {} : { abortSignal: signal };
      // The SDK's own type of a command names all inputs and outputs of S3 at once; this one keeps the answer's.
      return (await client.send(command as unknown as Command, options)) as Output;
    } catch (error) {
      signal?.throwIfAborted();
      throw toS3Error(error, action);
    }
  }
}
