/**
 * @proves Six targets on four kinds of stores hold the same 300 files by rclone's digests, although one was dead for a while, and no secret is visible (SIMULATED nodes and clock).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startExternalIdGate, type ExternalIdGate } from '../support/simulated/external-id-gate.js';
import { startAzurite, type Azurite } from '../support/servers/azurite.js';
import { rcloneAzure, rcloneDigests, rcloneS3, type RclonePlace } from '../support/servers/rclone.js';
import { describeWith } from '../support/servers/real-servers.js';
import { makeBucket, startMinio, startVersitygw, type S3Server } from '../support/servers/s3-servers.js';
import { bucketOfUser, lastingDifferences, s3Details } from '../support/worlds/target-places.js';
import { TargetService, type Details } from '../support/worlds/target-service.js';

const FILES = 300;
/** Five minutes between two tries of a suspended target pass in ten seconds. */
const CLOCK_FACTOR = 30;
const EXTERNAL_ID = 'external-id-of-bank-c';

describeWith(
  'minio',
  'versitygw',
  'rclone',
)('targets on real stores, over SIMULATED nodes and a clock 30 times as fast', () => {
  let minio: S3Server;
  let versity: S3Server;
  let dying: S3Server;
  let azurite: Azurite;
  let gate: ExternalIdGate;
  let service: TargetService;
  let folder: string;
  const places: Record<string, RclonePlace> = {};
  let managed: RclonePlace;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chainkeep-member-'));
    [minio, versity, dying, azurite] = await Promise.all([
      startMinio(),
      startVersitygw(),
      startVersitygw(),
      startAzurite(),
    ]);
    gate = await startExternalIdGate(minio.port, EXTERNAL_ID);
    const bucket = await makeBucket(minio.client);
    managed = rcloneS3(minio.endpoint, minio.root, `${bucket}/chains/e`);
    service = await TargetService.start({
      blocks: FILES - 1,
      managed: s3Details(minio, minio.root, bucket, { prefix: 'chains' }),
      clockFactor: CLOCK_FACTOR,
      members: ['bank-a', 'bank-b', 'bank-c', 'bank-d', 'bank-e', 'bank-f'],
    });
  });
  afterAll(async () => {
    await service.remove();
    await gate.close();
    await Promise.all([minio, versity, dying, azurite].map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  const ownTarget = async (server: S3Server, user: string): Promise<Details> => {
    const { details, place } = await bucketOfUser(server, user);
    places[user] = place;
    return details;
  };

  it('feeds six targets of a history of 300 files, one of them dead until it comes back', async () => {
    await service.target('versity-a', 'bank-a', await ownTarget(versity, 'usera'));
    // Registered now, enabled late, while backups go on.
    await service.target('versity-b', 'bank-b', await ownTarget(versity, 'userb'), false);
    const bucket = await makeBucket(minio.client);
    places['assumed'] = rcloneS3(minio.endpoint, minio.root, `${bucket}/e`);
    const role = { role_arn: 'arn:aws:iam::111:role/chainkeep', sts_endpoint: gate.url };
    const stranger = await service.target(
      'assumed',
      'bank-c',
      s3Details(minio, minio.root, bucket, { ...role, external_id: 'somebody-elses' }),
    );
    expect(stranger['checked']).toMatchObject({ ok: false });
    // Other credentials are taken up at once; the mask that is sent back keeps the secret.
    const mended = await service.change('assumed', {
      external_id: EXTERNAL_ID,
      secret_access_key: '********',
    });
    expect(mended['checked']).toMatchObject({ ok: true });
    const container = await azurite.makeContainer();
    const { connectionString } = azurite;
    await service.target('blobs', 'bank-e', {
      provider: 'azure',
      container: container.containerName,
      connection_string: connectionString,
    });
    places['blobs'] = rcloneAzure(azurite, `${container.containerName}/e`);
    await service.target('disk', 'bank-d', { provider: 'directory', path: folder });
    places['disk'] = { settings: {}, path: join(folder, 'e') };
    const doomed = await ownTarget(dying, 'userf');
    await dying.process.stop('SIGKILL');
    const dead = await service.target('dead', 'bank-f', doomed);
    expect(dead['checked']).toMatchObject({ ok: false });

    await service.requestRun();
    await service.until('half way', async () => (await service.files()) >= FILES / 2);
    await service.change('versity-b', { environment_backup_target: true });
    await service.until('backed up', async () => (await service.files()) === FILES);
    for (const id of ['versity-a', 'versity-b', 'assumed', 'blobs', 'disk']) {
      await service.until(`complete: ${id}`, () => service.isComplete(id, FILES));
    }
    expect(gate.passed()).toBeGreaterThan(0);
    await service.until('suspended', async () => (await service.show('dead'))['state'] === 'suspended');
    expect((await service.show('dead'))['suspension']).toMatchObject({ code: 'TARGET_UNAVAILABLE' });

    await dying.process.run();
    await service.until('complete: dead', () => service.isComplete('dead', FILES));
    const events = await service.eventsOf('dead');
    expect(events.filter((type) => type === 'DeliverySuspended')).toHaveLength(1);
    expect(events).toContain('DeliveryResumed');
  });

  it('has the same bytes everywhere, as another tool lists them', async () => {
    const expected = await rcloneDigests(managed);
    // Segments, manifests, the history, the text for the finder; each place has a marker of its own besides.
    expect(expected.size).toBe(2 * FILES + 2);
    for (const [name, place] of Object.entries(places)) {
      expect({ name, differing: await lastingDifferences(managed, place) }).toEqual({ name, differing: [] });
    }
  });

  it('has told nobody a secret', async () => {
    const database = await service.database();
    const secrets = [azurite.key, ...['usera', 'userb', 'userf'].map((name) => `${name}-planted-secret`)];
    for (const secret of [...secrets, minio.root.secretAccessKey]) {
      expect(database.includes(secret)).toBe(false);
      expect(service.said.includes(secret)).toBe(false);
    }
  });
});
