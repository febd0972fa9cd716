import { describe, expect, it } from '@jest/globals';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { bucketAt } from './bucket-address.js';

const KEYS = { accessKeyId: 'id', secretAccessKey: 'secret' };
const addressOf = (config: S3ClientConfig, bucket = 'bucket-1') =>
  bucketAt(new S3Client({ region: 'eu-west-1', credentials: KEYS, ...config }), bucket);

describe('the address of a bucket', () => {
  it.each<[string, S3ClientConfig, string]>([
    ['AWS', {}, 'https://bucket-1.s3.eu-west-1.amazonaws.com/a/b%20c%27'],
    ['AWS in China', { region: 'cn-north-1' }, 'https://bucket-1.s3.cn-north-1.amazonaws.com.cn/a/b%20c%27'],
    [
      'AWS with FIPS',
      { useFipsEndpoint: true },
      'https://bucket-1.s3-fips.eu-west-1.amazonaws.com/a/b%20c%27',
    ],
    [
      'AWS with the bucket in the path',
      { forcePathStyle: true },
      'https://s3.eu-west-1.amazonaws.com/bucket-1/a/b%20c%27',
    ],
    [
      'a store with an endpoint',
      { endpoint: 'http://127.0.0.1:9000/base', forcePathStyle: true },
      'http://127.0.0.1:9000/base/bucket-1/a/b%20c%27',
    ],
    [
      'a store with the bucket in the host name',
      { endpoint: 'https://store.example' },
      'https://bucket-1.store.example/a/b%20c%27',
    ],
  ])('at %s is the one the SDK uses', async (_name, config, expected) => {
    const address = await addressOf(config);
    expect(`${address?.server.origin}${address?.pathOf("a/b c'")}`).toBe(expected);
  });

  it('is none where requests are signed in another way', async () => {
    expect(await addressOf({}, 'bucket--euw1-az1--x-s3')).toBeUndefined();
  });
});
