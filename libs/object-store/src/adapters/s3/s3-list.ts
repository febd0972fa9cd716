import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { CodedError } from '#libs/kernel';
import type { ObjectInfo } from '../../object-store.js';
import { bare } from '../conditions.js';
import type { S3Connection } from './s3-connection.js';

const PAGE_TIME_MS = 2 * 60_000;
/** In a row, without an object. */
const EMPTY_PAGES_MAX = 100;

/** The objects below a prefix, page after page. Rejects with TARGET_UNFIT for pages that lead nowhere. */
export async function* listS3Objects(
  connection: S3Connection,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  const root = connection.fullKey('');
  let token: string | undefined;
  let empty = 0;
  do {
    const page = await pageOf(connection, { prefix: `${root}${prefix}`, token, signal });
    const objects = objectsOf(page, root);
    empty = objects.length === 0 ? empty + 1 : 0;
    if (empty > EMPTY_PAGES_MAX)
      throw new CodedError('TARGET_UNFIT', 'The store lists one empty page after another.');
    yield* objects;
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

type Page = Readonly<{ prefix: string; token: string | undefined; signal: AbortSignal | undefined }>;

const pageOf = (
  connection: S3Connection,
  { prefix, token, signal }: Page,
): Promise<ListObjectsV2CommandOutput> => {
  const timeout = AbortSignal.timeout(PAGE_TIME_MS);
  return connection.send(
    new ListObjectsV2Command({
      Bucket: connection.settings.bucket,
      Prefix: prefix,
      EncodingType: 'url',
      ContinuationToken: token,
    }),
    { permission: 's3:ListBucket' },
    signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  );
};

const objectsOf = (
  { Contents = [], EncodingType }: ListObjectsV2CommandOutput,
  root: string,
): ObjectInfo[] => {
  const plain = (text: string): string =>
    EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
  return Contents.map(({ Key, Size, ETag }) => ({
    key: plain(Key ?? '').slice(root.length),
    bytes: Size ?? 0,
    etag: bare(ETag),
  })).filter(({ key }) => key !== '' && !key.endsWith('/'));
};
