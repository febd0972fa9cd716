import type { BucketLocation, OwnSignIn } from '../../bucket-location.js';
import { formerDestinationOf } from '../../details.js';
import type { Provider, Space } from '../../provider.js';
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

/** Addresses of AWS: however one is spelled, the buckets behind it are the same. */
const AWS_HOST = /(^|\.)amazonaws\.com(\.cn)?$/;
const AWS_STS = /^https:\/\/sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/;

const isAws = (endpoint: string): boolean => AWS_HOST.test(new URL(endpoint).hostname);

const space = async (location: BucketLocation): Promise<Space> => {
  const { endpoint, bucket, prefix } = parseS3Settings(location);
  const where = endpoint === undefined || isAws(endpoint) ? 'aws' : new URL(endpoint).href;
  return { store: ['s3', where, bucket].join('|'), folder: prefix };
};

/** A member's keys are a member's; everything else signs in as this server, if only to assume a role. */
const ownSignIn = (location: BucketLocation): OwnSignIn | undefined => {
  const { bucket, endpoint, role_arn, external_id, ...rest } = parseS3Settings(location);
  const { web_identity: webIdentity } = rest;
  if (rest.access_key_id !== undefined && !webIdentity) return undefined;
  if (role_arn === undefined) return { bucket, endpoint };
  // The token goes to AWS alone, whatever the details name.
  const given = webIdentity ? undefined : (rest.sts_endpoint ?? endpoint);
  const sts = given !== undefined && AWS_STS.test(given) ? undefined : given;
  return { bucket, endpoint, role: { arn: role_arn, sts, externalId: external_id, webIdentity } };
};

/** AWS itself and the stores that speak its protocol. */
export const s3Providers = (options: ProviderOptions): readonly Provider[] => {
  const { isS3Direct: isDirect = true } = options;
  const shared = {
    access: 'member',
    destination,
    formerDestination,
    ownSignIn,
    space,
    open: (location: BucketLocation) =>
      new S3ObjectStore(parseS3Settings(location, options), { ...S3_LIMITS, isDirect }),
  } as const;
  return [
    { name: 'aws', label: 'Amazon S3', settings: AWS_SETTINGS, ...shared },
    { name: 's3', label: 'S3-compatible store', settings: S3_SETTINGS, ...shared },
  ];
};
