import type { BucketLocation } from '../../bucket-location.js';
import { formerDestinationOf } from '../../details.js';
import type { Provider } from '../../provider.js';
import type { ProviderOptions } from '../provider-options.js';
import { S3_LIMITS } from './s3-connection.js';
import { AWS_SETTINGS, parseS3Settings, S3_SETTINGS } from './s3-settings.js';
import { S3ObjectStore } from './s3.object-store.js';

const destination = (location: BucketLocation): string => {
  const { endpoint = 'aws', bucket, prefix } = parseS3Settings(location);
  return ['s3', endpoint, bucket, prefix].join('|');
};

const formerDestination = (location: BucketLocation): string =>
  formerDestinationOf(['s3', location.details['endpoint'] ?? 'aws', location.details['bucket']], location);

/** AWS itself and the stores that speak its protocol. */
export const s3Providers = (options: ProviderOptions): readonly Provider[] => {
  const { isS3Direct: isDirect = true } = options;
  const shared = {
    access: 'member',
    destination,
    formerDestination,
    open: (location: BucketLocation) =>
      new S3ObjectStore(parseS3Settings(location, options), { ...S3_LIMITS, isDirect }),
  } as const;
  return [
    { name: 'aws', label: 'Amazon S3', settings: AWS_SETTINGS, ...shared },
    { name: 's3', label: 'S3-compatible store', settings: S3_SETTINGS, ...shared },
  ];
};
