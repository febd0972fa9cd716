/**
 * @proves Targets can be disabled, moved, healed and removed without a gap, a second installation is refused, and runs wait for a managed bucket that is away for ten minutes (SIMULATED nodes and clock).
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rcloneDigests, rcloneS3, type RclonePlace } from '../support/servers/rclone.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  clientAt,
  makeBucket,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';
import { bucketOfUser, lastingDifferences, s3Details } from '../support/worlds/target-places.js';
import { TargetService } from '../support/worlds/target-service.js';

const FILES = 12;
/** Ten minutes pass in twenty seconds. */
const CLOCK_FACTOR = 30;
const TEN_MINUTES_MS = 600_000 / CLOCK_FACTOR;

type Own = Awaited<ReturnType<typeof bucketOfUser>>;

describeWith(
  'minio',
  'versitygw',
  'rclone',
)('the life of targets on real stores, over SIMULATED nodes and a clock 30 times as fast', () => {
  let minio: S3Server;
  let versity: S3Server;
  let service: TargetService;
  let folder: string;
  let managed: RclonePlace;
  let managedBucket: string;
  let a: Own;
  let b: Own;
  let files = FILES;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-member-'));
    [minio, versity] = await Promise.all([startMinio(), startVersitygw()]);
    managedBucket = await makeBucket(minio.client);
    managed = rcloneS3(minio.endpoint, minio.root, `${managedBucket}/e`);
    service = await TargetService.start({
      blocks: FILES - 1,
      managed: s3Details(minio, minio.root, managedBucket),
      clockFactor: CLOCK_FACTOR,
      members: ['bank-a', 'bank-b', 'bank-c'],
    });
    [a, b] = [await bucketOfUser(versity, 'usera'), await bucketOfUser(versity, 'userb')];
    await service.target('a', 'bank-a', a.details);
    await service.target('b', 'bank-b', b.details);
    await service.requestRun();
    await complete('a', 'b');
  });
  afterAll(async () => {
    await service.remove();
    await Promise.all([minio.stop(), versity.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  const complete = async (...ids: string[]): Promise<void> => {
    await service.until(`backed up to ${files}`, async () => (await service.files()) === files);
    for (const id of ids) await service.until(`complete: ${id}`, () => service.isComplete(id, files));
  };
  /** The chain grows by this number of blocks and is backed up; does not wait. */
  const backUpMore = async (blocks: number): Promise<void> => {
    files += blocks;
    service.grow(files - 1);
    await service.requestRun();
  };
  const segmentsAt = async (place: RclonePlace): Promise<string[]> =>
    [...(await rcloneDigests(place)).keys()].filter((name) => name.endsWith('.rlp')).sort();
  const state = async (id: string) => (await service.show(id))['state'];

  it('gives a disabled target not one more object, and no gap when it is enabled again', async () => {
    await service.change('b', { environment_backup_target: false });
    const before = await segmentsAt(b.place);
    await backUpMore(6);
    await complete('a');
    expect(await segmentsAt(b.place)).toEqual(before);
    await service.change('b', { environment_backup_target: true });
    await complete('b');
    expect(await lastingDifferences(managed, b.place)).toEqual([]);
  });

  it('fills another destination from block 0 on and leaves the old one as it is', async () => {
    const old = await segmentsAt(a.place);
    const client = clientAt(versity.endpoint, a.keys);
    const bucket = await makeBucket(client);
    client.destroy();
    await service.change('a', { bucket });
    await complete('a');
    expect(await lastingDifferences(managed, { ...a.place, path: `${bucket}/e` })).toEqual([]);
    expect(await segmentsAt(a.place)).toEqual(old);
    await service.change('a', { bucket: a.bucket });
    await complete('a');
  });

  it('heals what was deleted and altered there, from a managed bucket that is healed from a member first', async () => {
    const [first = '', second = '', third = ''] = await segmentsAt(a.place);
    const client = clientAt(versity.endpoint, a.keys);
    await client.send(new DeleteObjectCommand({ Bucket: a.bucket, Key: `e/${first}` }));
    await client.send(new PutObjectCommand({ Bucket: a.bucket, Key: `e/${second}`, Body: 'altered' }));
    client.destroy();
    const inManaged = { Bucket: managedBucket, Key: `e/${first}` };
    const { ContentLength: bytes = 0 } = await minio.client.send(new HeadObjectCommand(inManaged));
    await minio.client.send(new PutObjectCommand({ ...inManaged, Body: 'x'.repeat(bytes) }));
    await minio.client.send(new DeleteObjectCommand({ Bucket: managedBucket, Key: `e/${third}` }));
    await service.must('POST', 'consortia/c/environments/e/configurations/a/heal', { read_back: true });
    await service.until('healed', async () => {
      const types = await service.eventsOf('a');
      return types.filter((type) => type === 'SegmentHealed').length === 2;
    });
    await complete('a');
    await service.until('healed in the managed bucket', async () => {
      const lent = [...(await service.eventsOf('a')), ...(await service.eventsOf('b'))];
      return lent.filter((type) => type === 'ManagedCopyRestored').length === 2;
    });
    expect(await lastingDifferences(b.place, a.place)).toEqual([]);
    expect(await lastingDifferences(b.place, managed)).toEqual([]);
  });

  it('never overwrites a stranger’s object until a heal is asked for', async () => {
    const path = join(folder, 'disk');
    const [, second = ''] = await segmentsAt(b.place);
    await mkdir(join(path, 'e'), { recursive: true });
    await writeFile(join(path, 'e', second), 'somebody else');
    await service.target('disk', 'bank-c', { provider: 'directory', path });
    await service.until('suspended', async () => (await state('disk')) === 'suspended');
    expect((await service.show('disk'))['suspension']).toMatchObject({ code: 'TARGET_OBJECT_DIFFERS' });
    expect(await readFile(join(path, 'e', second), 'utf8')).toBe('somebody else');
    await service.must('POST', 'consortia/c/environments/e/configurations/disk/heal');
    await complete('disk');
    expect(await lastingDifferences(managed, { settings: {}, path: join(path, 'e') })).toEqual([]);
    expect(await service.eventsOf('disk')).toContain('SegmentHealed');
  });

  it('waits while the managed bucket is away for ten minutes in the middle of a run', async () => {
    await backUpMore(8);
    await service.until('under way', async () => (await service.files()) > files - 6);
    await minio.process.stop('SIGKILL');
    const atMost = (await service.files()) + 1;
    const end = Date.now() + TEN_MINUTES_MS;
    while (Date.now() < end) {
      const there = (await readdir(join(folder, 'disk', 'e'))).filter((name) => name.endsWith('.rlp'));
      expect(there.length).toBeLessThanOrEqual(await service.files());
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    expect(await service.files()).toBeLessThanOrEqual(atMost);
    // One staged segment is all that piled up.
    const staged = (await readdir(join(service.home, 'staging', 'e'))).filter((name) =>
      name.endsWith('.part'),
    );
    expect(staged.length).toBeLessThanOrEqual(1);
    await minio.process.run();
    await complete('a', 'b', 'disk');
    const runs: string[] = [];
    for await (const { type } of service.ports.store.readStream('backup-e')) runs.push(type);
    expect(runs).not.toContain('BackupFailed');
    expect(await lastingDifferences(managed, b.place)).toEqual([]);
    for (const id of ['a', 'b']) expect(await service.eventsOf(id)).not.toContain('DeliverySuspended');
  });

  it('refuses a second installation at the same place', async () => {
    const other = await TargetService.start({ blocks: 2, clockFactor: CLOCK_FACTOR, members: ['x'] });
    try {
      const before = await rcloneDigests(b.place);
      const theirs = await other.target('theirs', 'x', b.details);
      expect(JSON.stringify(theirs['checked'])).toContain('Another installation already writes here');
      await other.requestRun();
      await other.until('refused', async () => (await other.show('theirs'))['state'] === 'suspended');
      expect((await other.show('theirs'))['suspension']).toMatchObject({ code: 'TARGET_FOREIGN' });
      expect(await rcloneDigests(b.place)).toEqual(before);
    } finally {
      await other.remove();
    }
  });

  it('feeds a removed member no longer, and has told nobody a secret', async () => {
    expect((await service.ask('DELETE', 'consortia/c/memberships/bank-a')).status).toBeLessThan(300);
    const before = await segmentsAt(a.place);
    await backUpMore(2);
    await complete('b', 'disk');
    expect(await segmentsAt(a.place)).toEqual(before);
    for await (const { data } of service.ports.store.readStream('target-a')) {
      expect(JSON.stringify(data)).not.toContain('planted-secret');
    }
    const database = await service.database();
    expect(database.length).toBeGreaterThan(10_000);
    for (const secret of ['usera-planted-secret', 'userb-planted-secret', 'minio-planted-secret']) {
      expect(database.includes(secret)).toBe(false);
      expect(service.said.includes(secret)).toBe(false);
    }
    expect(service.said).toContain('********');
  });
});
