import type { RclonePlace } from '../servers/rclone.js';
import { rcloneDigests, rcloneS3 } from '../servers/rclone.js';
import { addVersityUser, clientAt, makeBucket, type Keys, type S3Server } from '../servers/s3-servers.js';
import type { Details } from './target-service.js';

/** Details of a configuration for a bucket of a suite's server. */
export const s3Details = (server: S3Server, keys: Keys, bucket: string, more: Details = {}): Details => ({
  provider: 's3',
  endpoint: server.endpoint,
  region: 'us-east-1',
  bucket,
  access_key_id: keys.accessKeyId,
  secret_access_key: keys.secretAccessKey,
  ...more,
});

/** A bucket with its own versitygw user: as a target's details, and as rclone sees environment `e` in it. */
export const bucketOfUser = async (
  server: S3Server,
  user: string,
): Promise<Readonly<{ keys: Keys; bucket: string; details: Details; place: RclonePlace }>> => {
  const keys = await addVersityUser(server, user);
  const client = clientAt(server.endpoint, keys);
  const bucket = await makeBucket(client);
  client.destroy();
  const details = s3Details(server, keys, bucket);
  return { keys, bucket, details, place: rcloneS3(server.endpoint, keys, `${bucket}/e`) };
};

/** Names of files that one place has and the other lacks or has with other bytes. */
export const differingFiles = async (one: RclonePlace, other: RclonePlace): Promise<string[]> => {
  const [expected, found] = await Promise.all([rcloneDigests(one), rcloneDigests(other)]);
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].filter((name) => expected.get(name) !== found.get(name));
};

const SETTLING_MS = 240_000;

/** The same once it settled: the history of each place is written by itself, some time after its files. */
export const lastingDifferences = async (one: RclonePlace, other: RclonePlace): Promise<string[]> => {
  const end = Date.now() + SETTLING_MS;
  for (;;) {
    const differing = await differingFiles(one, other);
    if (differing.length === 0 || Date.now() > end) return differing;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
};
