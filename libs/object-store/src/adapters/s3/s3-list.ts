import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { ObjectInfo } from '../../object-store.js';
import { bare } from '../conditions.js';
import type { S3Connection } from './s3-connection.js';

/** The objects below a prefix, page after page. */
export async function* listS3Objects(connection: S3Connection, prefix: string): AsyncGenerator<ObjectInfo> {
  const root = connection.fullKey('');
  let token: string | undefined;
  do {
    const page = await connection.send(
      new ListObjectsV2Command({
        Bucket: connection.settings.bucket,
        Prefix: `${root}${prefix}`,
        EncodingType: 'url',
        ContinuationToken: token,
      }),
      { permission: 's3:ListBucket' },
    );
    const plain = (text: string): string =>
      page.EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
    for (const { Key, Size, ETag } of page.Contents ?? []) {
      const key = plain(Key ?? '').slice(root.length);
      if (key !== '' && !key.endsWith('/')) yield { key, bytes: Size ?? 0, etag: bare(ETag) };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}
