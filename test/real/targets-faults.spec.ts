/**
 * @proves Through latency, resets, lost answers, slow-downs, expired sessions and a wrong clock, every file is delivered once and no unfinished upload remains (some faults are SIMULATED).
 */
import { createHash } from 'node:crypto';
import { setTimeout as later } from 'node:timers/promises';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { isCodedError } from '#libs/kernel';
import { digestOf, type ObjectBody, type ObjectStore } from '#libs/object-store';
import { parseS3Settings } from '#libs/object-store/adapters/s3/s3-settings';
import { S3ObjectStore } from '#libs/object-store/adapters/s3/s3.object-store';
import { bucketFacts, keepVersions } from '../support/checks/bucket-facts.js';
import { startHttpGate, xmlError, type HttpGate } from '../support/simulated/http-gate.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  clientAt,
  makeBucket,
  s3Location,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';
import { startToxiproxy, type ToxicLine, type Toxiproxy } from '../support/servers/toxiproxy.js';

const MB = 1 << 20;
const LIMITS = { partBytes: 5 * MB, partsAtOnce: 2, idleTimeoutMs: 5_000 };
const TRIES_MAX = 200;

type File = Readonly<{ key: string; body: ObjectBody }>;

const fileOf = (name: string, bytes: number): File => {
  const content = Buffer.alloc(bytes, createHash('sha256').update(name).digest());
  const open = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes; at += MB) yield content.subarray(at, at + MB);
  };
  return {
    key: `e/${name}`,
    body: { bytes, sha256: createHash('sha256').update(content).digest('hex'), open },
  };
};
/** Some that go at once, and some in parts. */
const someFiles = (small: number, large: number, largeBytes = 11 * MB): File[] => [
  ...Array.from({ length: small }, (_, index) => fileOf(`small-${index}`, 40_000 + index)),
  ...Array.from({ length: large }, (_, index) => fileOf(`large-${index}`, largeBytes + index)),
];

/** As a lane does: retries temporary faults, and counts what is already there if it has the digest. */
const deliver = async (store: ObjectStore, { key, body }: File): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      const put = await store.put(key, body, 'if-absent');
      if (put.outcome === 'refused') expect((await digestOf(store, key)).sha256).toBe(body.sha256);
      return;
    } catch (error) {
      if (!isCodedError(error) || !error.retryable || tries === TRIES_MAX) throw error;
      await later(50);
    }
  }
};

const deliverAll = async (store: ObjectStore, files: readonly File[]): Promise<void> => {
  const waiting = [...files];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await deliver(store, file);
  };
  await Promise.all([work(), work(), work(), work()]);
};

describeWith('versitygw', 'toxiproxy')('an S3 store behind a bad line', () => {
  let server: S3Server;
  let toxiproxy: Toxiproxy;
  let line: ToxicLine;
  let bucket: string;
  let store: S3ObjectStore;
  beforeAll(async () => {
    [server, toxiproxy] = await Promise.all([startVersitygw(), startToxiproxy()]);
    line = await toxiproxy.line(server.port);
  });
  afterAll(async () => {
    await Promise.all([server.stop(), toxiproxy.stop()]);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await line.heal();
  });

  const fresh = async (endpoint = line.endpoint, details = {}): Promise<void> => {
    bucket = await makeBucket(server.client);
    await keepVersions(server.client, bucket);
    store = new S3ObjectStore(
      parseS3Settings(s3Location(endpoint, server.root, { bucket, ...details })),
      LIMITS,
    );
  };
  const expectAll = async (files: readonly File[]): Promise<void> => {
    const facts = await bucketFacts(server.client, bucket);
    expect(Object.fromEntries(facts.digests)).toEqual(
      Object.fromEntries(files.map(({ key, body }) => [key, body.sha256])),
    );
    expect(facts).toMatchObject({ versions: files.length, unfinished: 0 });
  };

  it('delivers everything once with 300 ms of latency', async () => {
    await fresh();
    const files = someFiles(12, 2);
    await line.add({ type: 'latency', attributes: { latency: 300 } });
    await deliverAll(store, files);
    await expectAll(files);
  });

  it('delivers everything once when one connection in twenty is reset and others break in the middle', async () => {
    await fresh();
    const files = someFiles(60, 4);
    await line.add({ type: 'reset_peer', attributes: { timeout: 0 }, toxicity: 0.05 });
    await line.add({ type: 'limit_data', attributes: { bytes: 7 * MB }, toxicity: 0.3, stream: 'upstream' });
    await deliverAll(store, files);
    await line.heal();
    await expectAll(files);
  });

  it('delivers everything once when every tenth request is reset, half of them after they were done (SIMULATED by a gate)', async () => {
    let lost = 0;
    const gate = await startHttpGate(server.port, (_request, seen) => {
      if (seen % 10 !== 0) return undefined;
      lost += 1;
      return seen % 20 === 0 ? 'lose' : 'reset';
    });
    try {
      await fresh(gate.endpoint);
      const files = someFiles(60, 4);
      await deliverAll(store, files);
      expect(lost).toBeGreaterThan(10);
      await expectAll(files);
    } finally {
      await gate.close();
    }
  });

  it('delivers everything once over 1 MB a second', async () => {
    await fresh();
    const files = someFiles(4, 1, 6 * MB);
    await line.add({ type: 'bandwidth', attributes: { rate: 1_000 }, stream: 'upstream' });
    await deliverAll(store, files);
    await expectAll(files);
  });

  it('leaves no unfinished upload after the line was cut in the middle of one', async () => {
    await fresh();
    const file = fileOf('cut', 26 * MB);
    let cuts = 0;
    const cutting: ObjectBody = {
      ...file.body,
      open: async function* () {
        let sent = 0;
        for await (const chunk of file.body.open()) {
          yield chunk;
          sent += chunk.byteLength;
          if (cuts === 0 && sent === 16 * MB) {
            cuts += 1;
            await line.cut();
          }
        }
      },
    };
    await expect(store.put(file.key, cutting, 'if-absent')).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
    });
    await line.heal();
    // The line was cut, so the upload could not be aborted: it is still there, but no object is visible.
    expect(await bucketFacts(server.client, bucket)).toMatchObject({ versions: 0, unfinished: 1 });
    await deliver(store, file);
    await expectAll([file]);
  });

  it('reads on where a connection broke off', async () => {
    await fresh();
    const file = fileOf('read', 20 * MB);
    await deliver(store, file);
    await line.add({ type: 'limit_data', attributes: { bytes: 6 * MB } });
    expect(await digestOf(store, file.key)).toEqual({ bytes: file.body.bytes, sha256: file.body.sha256 });
  });

  it('goes on by itself when the store asks to slow down (SIMULATED by a gate, for four seconds of a minute)', async () => {
    const until = Date.now() + 4_000;
    const gate = await startHttpGate(server.port, () =>
      Date.now() < until ? xmlError(503, 'SlowDown') : undefined,
    );
    try {
      await fresh(gate.endpoint);
      const files = someFiles(10, 1);
      await deliverAll(store, files);
      await expectAll(files);
    } finally {
      await gate.close();
    }
  });

  it('corrects its clock when it is half an hour wrong', async () => {
    await fresh();
    const files = someFiles(4, 1);
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 30 * 60_000);
    const once = clientAt(line.endpoint, server.root, { maxAttempts: 1 });
    await expect(once.send(new ListBucketsCommand())).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    once.destroy();
    await deliverAll(store, files);
    jest.restoreAllMocks();
    await expectAll(files);
  });
});

describeWith('minio')('a session that ends before its time (SIMULATED by a gate before MinIO)', () => {
  let server: S3Server;
  let gate: HttpGate;
  const sessions: string[] = [];
  beforeAll(async () => {
    server = await startMinio();
    // The first session is over after six requests, whatever its end was said to be.
    let ofFirst = 0;
    gate = await startHttpGate(server.port, ({ headers }) => {
      const token = headers['x-amz-security-token'];
      if (typeof token !== 'string') return undefined;
      if (!sessions.includes(token)) sessions.push(token);
      if (token !== sessions[0]) return undefined;
      ofFirst += 1;
      return ofFirst > 6 ? xmlError(400, 'ExpiredToken') : undefined;
    });
  });
  afterAll(async () => {
    await gate.close();
    await server.stop();
  });

  it('is renewed, and everything is delivered once', async () => {
    const bucket = await makeBucket(server.client);
    await keepVersions(server.client, bucket);
    const role = { role_arn: 'arn:aws:iam::111:role/chainkeep', sts_endpoint: server.endpoint };
    const place = s3Location(gate.endpoint, server.root, { bucket, ...role });
    const store = new S3ObjectStore(parseS3Settings(place), LIMITS);
    const files = someFiles(10, 2);
    await deliverAll(store, files);
    expect(sessions.length).toBeGreaterThan(1);
    const facts = await bucketFacts(server.client, bucket);
    expect(facts).toMatchObject({ versions: files.length, unfinished: 0 });
    for (const { key, body } of files) expect(facts.digests.get(key)).toBe(body.sha256);
  });
});
