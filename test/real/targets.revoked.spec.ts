/**
 * @proves When a member revokes access, deliveries are suspended with the missing permission and not one more object is written. They complete when access is restored (SIMULATED nodes).
 */
import { setTimeout as later } from 'node:timers/promises';
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { historyFacts, keepVersions } from '../support/checks/bucket-facts.js';
import { MinioAdmin } from '../support/servers/minio-admin.js';
import { rcloneDigests, rcloneS3, type RclonePlace } from '../support/servers/rclone.js';
import { describeWith } from '../support/servers/real-servers.js';
import {
  addVersityUser,
  makeBucket,
  removeVersityUser,
  startMinio,
  startVersitygw,
  type S3Server,
} from '../support/servers/s3-servers.js';
import { bucketOfUser, lastingDifferences, s3Details } from '../support/worlds/target-places.js';
import { TargetService } from '../support/worlds/target-service.js';

const FILES = 10;
const ROLLING = 30;
const LATER = 4;
/** Five minutes between two tries of a suspended target pass in ten seconds. */
const CLOCK_FACTOR = 30;
const PROBE_MS = 300_000 / CLOCK_FACTOR;
/** What the owner of a bucket gives to another party's backup, and what is left when writing is taken back. */
const WRITING = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'];
const UPLOADS = ['s3:AbortMultipartUpload', 's3:ListBucketMultipartUploads'];
const READING = ['s3:GetObject', 's3:ListBucket'];

type Member = Readonly<{
  server: S3Server;
  bucket: string;
  place: RclonePlace;
  revoke: () => Promise<unknown>;
  giveBack: () => Promise<unknown>;
  /** What the member sees: a code, and what is missing in words. */
  told: Readonly<{ code: string; message: RegExp }>;
}>;

describeWith(
  'minio',
  'versitygw',
  'rclone',
)(
  'owners who take access back while a backup runs, over SIMULATED nodes and a clock 30 times as fast',
  () => {
    let minio: S3Server;
    let versity: S3Server;
    let service: TargetService;
    let managed: RclonePlace;
    let files = FILES;
    const members = new Map<string, Member>();
    let steady: RclonePlace;

    beforeAll(async () => {
      [minio, versity] = await Promise.all([startMinio(), startVersitygw()]);
      const bucket = await makeBucket(minio.client);
      managed = rcloneS3(minio.endpoint, minio.root, `${bucket}/e`);
      service = await TargetService.start({
        blocks: FILES - 1,
        managed: s3Details(minio, minio.root, bucket),
        clockFactor: CLOCK_FACTOR,
        members: ['policy', 'deleted', 'detached', 'steady'],
      });
      await Promise.all([byBucketPolicy(), byDeletedUser(), byDetachedPolicy()]);
      const own = await bucketOfUser(versity, 'steady');
      steady = own.place;
      await service.target('steady', 'steady', own.details);
      await service.requestRun();
      await complete(...members.keys(), 'steady');
    });
    afterAll(async () => {
      await service.remove();
      await Promise.all([minio.stop(), versity.stop()]);
    });

    const complete = async (...ids: string[]): Promise<void> => {
      await service.until(`backed up to ${files}`, async () => (await service.files()) === files);
      for (const id of ids) await service.until(`complete: ${id}`, () => service.isComplete(id, files));
    };

    /** The bucket is its owner's; the backup writes there as a guest that its policy names. */
    const byBucketPolicy = async (): Promise<void> => {
      const bucket = await makeBucket(versity.client);
      await keepVersions(versity.client, bucket);
      const guest = await addVersityUser(versity, 'guest');
      const allow = (actions: readonly string[]): Promise<unknown> => {
        const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
        const Statement = [{ Effect: 'Allow', Principal: { AWS: ['guest'] }, Action: actions, Resource }];
        const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
        return versity.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
      };
      const writing = [...WRITING, ...UPLOADS];
      await allow(writing);
      await service.target('policy', 'policy', s3Details(versity, guest, bucket));
      members.set('policy', {
        server: versity,
        bucket,
        place: rcloneS3(versity.endpoint, versity.root, `${bucket}/e`),
        revoke: () => allow(READING),
        giveBack: () => allow(writing),
        told: { code: 'TARGET_DENIED', message: /^s3:PutObject is not allowed \(AccessDenied\)/ },
      });
    };

    const byDeletedUser = async (): Promise<void> => {
      const { bucket, details } = await bucketOfUser(versity, 'deleted');
      await keepVersions(versity.client, bucket);
      await service.target('deleted', 'deleted', details);
      members.set('deleted', {
        server: versity,
        bucket,
        place: rcloneS3(versity.endpoint, versity.root, `${bucket}/e`),
        revoke: () => removeVersityUser(versity, 'deleted'),
        giveBack: () => addVersityUser(versity, 'deleted'),
        told: {
          code: 'TARGET_CREDENTIALS_REFUSED',
          message: /^The store does not accept the credentials \(InvalidAccessKeyId\)/,
        },
      });
    };

    const byDetachedPolicy = async (): Promise<void> => {
      const admin = new MinioAdmin(minio);
      const keys = await admin.addUser('detached');
      const bucket = await makeBucket(minio.client);
      await keepVersions(minio.client, bucket);
      await admin.putPolicy('of-detached', bucket);
      await admin.setPolicy('detached', 'of-detached');
      await service.target('detached', 'detached', s3Details(minio, keys, bucket));
      members.set('detached', {
        server: minio,
        bucket,
        place: rcloneS3(minio.endpoint, minio.root, `${bucket}/e`),
        revoke: () => admin.setPolicy('detached'),
        giveBack: () => admin.setPolicy('detached', 'of-detached'),
        told: { code: 'TARGET_DENIED', message: /^s3:\w+ is not allowed \(AccessDenied\)/ },
      });
    };

    const backUpMore = async (blocks: number): Promise<void> => {
      files += blocks;
      service.grow(files - 1);
      await service.requestRun();
    };

    it('suspends each with what is missing in words, and the others go on', async () => {
      const before = await service.files();
      await backUpMore(ROLLING);
      await service.until('under way', async () => (await service.files()) > before + 2);
      await Promise.all([...members.values()].map(({ revoke }) => revoke()));
      await complete('steady');
      // These at least come after access was taken back.
      await backUpMore(LATER);
      for (const [id, { told }] of members) {
        await service.until(
          `suspended: ${id}`,
          async () => (await service.show(id))['state'] === 'suspended',
        );
        const { suspension } = await service.show(id);
        expect({ id, suspension }).toMatchObject({
          id,
          suspension: { code: told.code, message: expect.stringMatching(told.message) },
        });
        const tested = await service.must('POST', `consortia/c/environments/e/configurations/${id}/test`);
        expect({ id, ok: tested['ok'] }).toEqual({ id, ok: false });
        expect(JSON.stringify(tested['findings'])).toContain(
          told.code === 'TARGET_DENIED' ? 'Grant' : 'Correct',
        );
      }
      await complete('steady');
      expect(await lastingDifferences(managed, steady)).toEqual([]);
      expect(await service.eventsOf('steady')).not.toContain('DeliverySuspended');
    });

    it('writes not one more object while they are suspended', async () => {
      const listings = (): Promise<readonly ReadonlyMap<string, string>[]> =>
        Promise.all([...members.values()].map(({ place }) => rcloneDigests(place)));
      const before = await listings();
      await backUpMore(LATER);
      await complete('steady');
      await later(2 * PROBE_MS);
      expect(await listings()).toEqual(before);
      for (const id of members.keys()) expect((await service.show(id))['state']).toBe('suspended');
    });

    it('goes on by itself when access is given back: everything once, nothing left unfinished', async () => {
      await Promise.all([...members.values()].map(({ giveBack }) => giveBack()));
      await complete(...members.keys());
      for (const [id, { server, bucket, place }] of members) {
        const differing = await lastingDifferences(managed, place);
        expect({ id, differing, ...(await historyFacts(server.client, bucket)) }).toEqual({
          id,
          differing: [],
          keys: 2 * files,
          versions: 2 * files,
          unfinished: 0,
        });
        const events = await service.eventsOf(id);
        expect(events.filter((type) => type === 'DeliverySuspended')).toHaveLength(1);
        expect(events).toContain('DeliveryResumed');
      }
    });
  },
);
