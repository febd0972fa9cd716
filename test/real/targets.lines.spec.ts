/** @proves Six targets behind bad connections each get every file once, and no temporary fault suspends one (SIMULATED nodes). */
import { setTimeout as later } from 'node:timers/promises';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { historyFacts, keepVersions } from '../support/checks/bucket-facts.js';
import { startHttpGate, xmlError, type GateAnswer, type HttpGate } from '../support/simulated/http-gate.js';
import { MinioAdmin } from '../support/servers/minio-admin.js';
import { rcloneS3, type RclonePlace } from '../support/servers/rclone.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  clientAt,
  makeBucket,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';
import { bucketOfUser, lastingDifferences, s3Details } from '../support/worlds/target-places.js';
import { TargetService, type Details } from '../support/worlds/target-service.js';
import { startToxiproxy, type ToxicLine, type Toxiproxy } from '../support/servers/toxiproxy.js';

const FILES = 25;
const FILE_BLOCKS = 100;
/** Two files of 20 MB go in three parts, all others at once: every second block has a transaction. */
const LARGE: readonly number[] = [8, 16];
const dataBytes = (block: number): number => (LARGE.includes(Math.floor(block / FILE_BLOCKS)) ? 400_000 : 0);
const MINUTE_MS = 60_000;
const CUT_MS = 4_000;
const WRONG_MS = 30 * 60_000;

/** A bucket of a member: where it really is, whatever line leads there. */
type Own = Readonly<{ server: S3Server; bucket: string; place: RclonePlace }>;

describeWith(
  'minio',
  'versitygw',
  'toxiproxy',
  'rclone',
)('targets behind bad lines, fed by one distributor at the same time, over SIMULATED nodes', () => {
  let minio: S3Server;
  let versity: S3Server;
  let toxiproxy: Toxiproxy;
  let service: TargetService;
  let managed: RclonePlace;
  let files = FILES;
  const owns = new Map<string, Own>();
  const gates: HttpGate[] = [];

  beforeAll(async () => {
    [minio, versity, toxiproxy] = await Promise.all([startMinio(), startVersitygw(), startToxiproxy()]);
    const bucket = await makeBucket(minio.client);
    managed = rcloneS3(minio.endpoint, minio.root, `${bucket}/e`);
    service = await TargetService.start({
      blocks: FILES * FILE_BLOCKS - 1,
      segmentBlocks: FILE_BLOCKS,
      managed: s3Details(minio, minio.root, bucket),
      clockFactor: 1,
      members: ['latency', 'resets', 'narrow', 'cut', 'slow-down', 'session', 'skewed'],
      dataBytes,
    });
    await service.requestRun();
    await service.until('backed up', async () => (await service.files()) === FILES);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(async () => {
    await service.remove();
    await Promise.all(gates.map((gate) => gate.close()));
    await Promise.all([minio, versity, toxiproxy].map((server) => server.stop()));
  });

  const gateTo = async (
    { port }: S3Server,
    answerTo: Parameters<typeof startHttpGate>[1],
  ): Promise<HttpGate> => {
    const gate = await startHttpGate(port, answerTo);
    gates.push(gate);
    return gate;
  };
  const lineTo = (gate: HttpGate): Promise<ToxicLine> => toxiproxy.line(Number(new URL(gate.endpoint).port));

  /** Registers a member's bucket on versitygw as it is reached over a line; still disabled, the line still good. */
  const register = async (id: string, endpoint: string, more: Details = {}): Promise<Own> => {
    const { bucket, place, details } = await bucketOfUser(versity, id);
    await keepVersions(versity.client, bucket);
    const own = { server: versity, bucket, place };
    owns.set(id, own);
    const target = await service.target(id, id, { ...details, endpoint, ...more }, false);
    expect(target['checked']).toMatchObject({ ok: true });
    return own;
  };

  const latency = async (): Promise<void> => {
    const line = await toxiproxy.line(versity.port);
    await register('latency', line.endpoint);
    await line.add({ type: 'latency', attributes: { latency: 300 } });
  };

  /** One connection in twenty is reset, and one request in twenty too, half of them after they were done. */
  const resets = async (): Promise<void> => {
    const gate = await gateTo(versity, (_request, seen) => {
      if (seen % 20 !== 0) return undefined;
      return seen % 40 === 0 ? 'lose' : 'reset';
    });
    const line = await lineTo(gate);
    await register('resets', line.endpoint);
    await line.add({ type: 'reset_peer', attributes: { timeout: 0 }, toxicity: 0.05 });
  };

  /** A transfer uses two connections at most, so both together have 1 MB a second. */
  const narrow = async (): Promise<void> => {
    const line = await toxiproxy.line(versity.port);
    await register('narrow', line.endpoint, { max_transfers: 1 });
    await line.add({ type: 'bandwidth', attributes: { rate: 500 }, stream: 'upstream' });
  };

  /** Reports the second part of the first file that goes in parts, and answers what `then` says from then on. */
  const fromSecondPart = (begin: () => void, then: () => GateAnswer | undefined) => {
    let begun = false;
    return ({ url = '' }: { url?: string | undefined }): GateAnswer | undefined => {
      if (!begun && url.includes('partNumber=2')) {
        begun = true;
        begin();
      }
      return begun ? then() : undefined;
    };
  };

  const cut = async (): Promise<() => Promise<void>> => {
    let unfinished: Promise<number> | undefined;
    const begin = (): void => {
      unfinished = cutFor(line, own);
    };
    const line = await lineTo(
      await gateTo(
        versity,
        fromSecondPart(begin, () => undefined),
      ),
    );
    const own = await register('cut', line.endpoint);
    return async () => {
      // Nobody could end the upload while the line was cut.
      expect(await unfinished).toBeGreaterThan(0);
    };
  };
  /** Resolves to the unfinished uploads at the end of the cut. */
  const cutFor = async (line: ToxicLine, { server, bucket }: Own): Promise<number> => {
    await line.cut();
    await later(CUT_MS);
    const { unfinished } = await historyFacts(server.client, bucket);
    await line.heal();
    return unfinished;
  };

  const slowDown = async (): Promise<() => Promise<void>> => {
    let untilMs = 0;
    let refused = 0;
    const begin = (): void => {
      untilMs = Date.now() + MINUTE_MS;
    };
    const answer = (): GateAnswer | undefined => {
      if (Date.now() >= untilMs) return undefined;
      refused += 1;
      return xmlError(503, 'SlowDown');
    };
    const gate = await gateTo(versity, fromSecondPart(begin, answer));
    await register('slow-down', gate.endpoint);
    return async () => {
      expect(untilMs).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(5);
      expect(await service.eventsOf('slow-down')).toContain('DeliveryFailed');
    };
  };

  /** MinIO ends the session in the middle of an upload, long before its time. */
  const session = async (): Promise<() => Promise<void>> => {
    const admin = new MinioAdmin(minio);
    const keys = await admin.addUser('session');
    const bucket = await makeBucket(minio.client);
    await keepVersions(minio.client, bucket);
    await admin.putPolicy('session', bucket);
    await admin.setPolicy('session', 'session');
    let revoking: Promise<void> | undefined;
    const begin = (): void => {
      revoking = admin.revokeSessions('session');
    };
    const sessions = new Set<unknown>();
    const look = fromSecondPart(begin, () => undefined);
    const gate = await gateTo(minio, (request) => {
      const token = request.headers['x-amz-security-token'];
      if (token !== undefined) sessions.add(token);
      return look(request);
    });
    const role = { role_arn: 'arn:aws:iam::111:role/chainkeep', sts_endpoint: minio.endpoint };
    const details = { ...s3Details(minio, keys, bucket, role), endpoint: gate.endpoint };
    const target = await service.target('session', 'session', details, false);
    expect(target['checked']).toMatchObject({ ok: true });
    owns.set('session', {
      server: minio,
      bucket,
      place: rcloneS3(minio.endpoint, minio.root, `${bucket}/e`),
    });
    return async () => {
      expect(revoking).toBeDefined();
      await revoking;
      expect(sessions.size).toBeGreaterThan(1);
    };
  };

  const complete = async (...ids: string[]): Promise<void> => {
    for (const id of ids) await service.until(`complete: ${id}`, () => service.isComplete(id, files));
  };

  const backUpMore = async (ids: readonly string[]): Promise<void> => {
    files += 2;
    service.grow(files * FILE_BLOCKS - 1);
    await service.requestRun();
    await service.until('backed up', async () => (await service.files()) === files);
    await complete(...ids);
  };

  /** Equal by the digests of another tool; each file written and recorded once; nothing left unfinished. */
  const expectExact = async (id: string): Promise<void> => {
    const own = owns.get(id);
    if (own === undefined) throw new Error(`There is no target ${id}.`);
    const differing = await lastingDifferences(managed, own.place);
    const facts = await historyFacts(own.server.client, own.bucket);
    const events = await service.eventsOf(id);
    const delivered = events.filter((type) => type === 'SegmentDelivered').length;
    const suspended = events.includes('DeliverySuspended');
    expect({ id, differing, ...facts, delivered, suspended }).toEqual({
      id,
      differing: [],
      // Segments and manifests.
      keys: 2 * files,
      versions: 2 * files,
      unfinished: 0,
      delivered: files,
      suspended: false,
    });
  };

  it('finish by themselves: 300 ms, 5% resets, 1 MB/s, a cut in an upload, a minute of SlowDown, a session ended', async () => {
    await Promise.all([latency(), resets(), narrow()]);
    const happened = [await cut(), await slowDown(), await session()];
    const ids = [...owns.keys()];
    expect(ids).toHaveLength(6);
    await Promise.all(ids.map((id) => service.change(id, { environment_backup_target: true })));
    await complete(...ids);
    for (const check of happened) await check();
    await Promise.all(ids.map(expectExact));
  });

  it('are written to with a clock that is half an hour wrong, and after it was set right', async () => {
    const now = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + WRONG_MS);
    const once = clientAt(versity.endpoint, versity.root, { maxAttempts: 1 });
    await expect(once.send(new ListBucketsCommand())).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    once.destroy();
    await register('skewed', versity.endpoint, { max_bytes_per_second: 50_000_000 });
    await service.change('skewed', { environment_backup_target: true });
    const ids = ['skewed', 'slow-down', 'session'];
    await backUpMore(ids);
    jest.restoreAllMocks();
    // The clock was set right: what was corrected is wrong now, and a first request fails.
    await expect(versity.client.send(new ListBucketsCommand())).rejects.toMatchObject({
      name: 'RequestTimeTooSkewed',
    });
    await backUpMore(ids);
    await Promise.all(ids.map(expectExact));
  });
});
