import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** What really lies in a bucket, asked without the adapter that is tested. */
export type BucketFacts = Readonly<{
  /** SHA-256 of the newest version by key. */
  digests: ReadonlyMap<string, string>;
  /** Versions in all: as many as keys when nothing was written twice. */
  versions: number;
  unfinished: number;
}>;

/** From now on every write of a key leaves a version, so that a second one is seen. */
export const keepVersions = async (client: S3Client, Bucket: string): Promise<void> => {
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
};

export const bucketFacts = async (client: S3Client, Bucket: string): Promise<BucketFacts> => {
  const { Versions = [], IsTruncated } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  if (IsTruncated === true) throw new Error('More versions than one page holds.');
  const digests = new Map<string, string>();
  for (const { Key = '', IsLatest } of Versions) {
    if (IsLatest !== true) continue;
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const hash = createHash('sha256');
    for await (const chunk of Body as AsyncIterable<Uint8Array>) hash.update(chunk);
    digests.set(Key, hash.digest('hex'));
  }
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
  return { digests, versions: Versions.length, unfinished: Uploads.length };
};

/** How often the files of histories were written, and uploads that were neither completed nor removed. */
export type HistoryFacts = Readonly<{
  /** Segments and manifests. */
  keys: number;
  /** Of these: as many as keys when none was written twice. */
  versions: number;
  unfinished: number;
}>;

/** Facts about segments and manifests; the marker, the history and probes may be written again. */
export const historyFacts = async (client: S3Client, Bucket: string): Promise<HistoryFacts> => {
  const { Versions = [], IsTruncated } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  if (IsTruncated === true) throw new Error('More versions than one page holds.');
  const files = Versions.map(({ Key = '' }) => Key).filter((key) => /\.rlp(\.manifest\.json)?$/.test(key));
  const keys = new Set(files);
  // MinIO lists the unfinished uploads of a whole key only.
  const unfinished = new Set<string | undefined>();
  for (const Prefix of ['', ...[...keys].filter((key) => key.endsWith('.rlp'))]) {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
    for (const { UploadId } of Uploads) unfinished.add(UploadId);
  }
  return { keys: keys.size, versions: files.length, unfinished: unfinished.size };
};
