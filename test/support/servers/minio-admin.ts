import { createCipheriv, createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Keys, S3Server } from './s3-servers.js';

/** MinIO's own numbers for bodies that are encrypted with the administrator's secret key. */
const PBKDF2_AES_GCM = 2;
const PBKDF2_ROUNDS = 8_192;
const FINAL = 0x80;

type Query = Readonly<Record<string, string>>;

const sha256 = (text: Buffer | string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** One chunk of MinIO's stream encryption: salt, algorithm, nonce, and the sealed body. */
const encrypted = (secret: string, body: Buffer): Buffer<ArrayBuffer> => {
  const [salt, nonce] = [randomBytes(32), randomBytes(8)];
  const key = pbkdf2Sync(secret, salt, PBKDF2_ROUNDS, 32, 'sha256');
  const seal = (chunk: number, text: Buffer, data?: Buffer): Readonly<{ sealed: Buffer; tag: Buffer }> => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32LE(chunk);
    const cipher = createCipheriv('aes-256-gcm', key, Buffer.concat([nonce, counter]));
    if (data !== undefined) cipher.setAAD(data);
    const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
    return { sealed, tag: cipher.getAuthTag() };
  };
  const { tag: associated } = seal(0, Buffer.alloc(0));
  const { sealed, tag } = seal(1, body, Buffer.concat([Buffer.from([FINAL]), associated]));
  return Buffer.concat([salt, Buffer.from([PBKDF2_AES_GCM]), nonce, sealed, tag]);
};

/** What an administrator of MinIO may do to its users while a suite runs; MinIO's own tool is not needed for it. */
export class MinioAdmin {
  constructor(private readonly server: S3Server) {}

  async addUser(accessKeyId: string): Promise<Keys> {
    const keys = { accessKeyId, secretAccessKey: `${accessKeyId}-planted-secret` };
    const user = JSON.stringify({ secretKey: keys.secretAccessKey, status: 'enabled' });
    const body = encrypted(this.server.root.secretAccessKey, Buffer.from(user));
    await this.ask('PUT', 'add-user', { accessKey: accessKeyId }, body);
    return keys;
  }

  /** A policy of the store, made or replaced, that allows actions in one bucket. */
  async putPolicy(name: string, bucket: string, actions: readonly string[] = ['s3:*']): Promise<void> {
    const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
    const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource }] };
    await this.ask('PUT', 'add-canned-policy', { name }, Buffer.from(JSON.stringify(document)));
  }

  /** The user has this policy and no other; without a name none at all. */
  async setPolicy(user: string, policyName = ''): Promise<void> {
    await this.ask('PUT', 'set-user-or-group-policy', { isGroup: 'false', policyName, userOrGroup: user });
  }

  /** Ends every session that was given to this user, before its time. */
  async revokeSessions(user: string): Promise<void> {
    await this.ask('POST', 'revoke-tokens/builtin', { fullRevoke: 'true', user });
  }

  private async ask(method: string, name: string, query: Query, body = Buffer.alloc(0)): Promise<void> {
    const path = `/minio/admin/v3/${name}`;
    const search = Object.keys(query)
      .sort()
      .map((key) => `${key}=${encodeURIComponent(query[key] ?? '')}`)
      .join('&');
    const answer = await fetch(`${this.server.endpoint}${path}?${search}`, {
      method,
      headers: this.signed(method, [path, search], body),
      ...(body.length > 0 ? { body } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`MinIO: ${method} ${name}: ${answer.status} ${text}`);
  }

  /** AWS signature version 4, which MinIO's administration asks for like its objects do. */
  private signed(method: string, [path, search]: [string, string], body: Buffer): Record<string, string> {
    const { accessKeyId, secretAccessKey } = this.server.root;
    const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const scope = [time.slice(0, 8), 'us-east-1', 's3', 'aws4_request'];
    const headers = {
      host: new URL(this.server.endpoint).host,
      'x-amz-content-sha256': sha256(body),
      'x-amz-date': time,
    };
    const names = Object.keys(headers).join(';');
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
    const canonical = [method, path, search, lines.join(''), names, headers['x-amz-content-sha256']].join(
      '\n',
    );
    const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
    const key = scope.reduce<Buffer | string>((from, part) => hmac(from, part), `AWS4${secretAccessKey}`);
    const signature = createHmac('sha256', key).update(text).digest('hex');
    const { host: _, ...sent } = headers;
    const credential = `${accessKeyId}/${scope.join('/')}`;
    return {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
    };
  }
}
