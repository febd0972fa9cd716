import { z } from 'zod';
import type { BucketLocation } from '../../bucket-location.js';
import { endpointField, lockField, parseDetails, prefixField } from '../../details.js';
import { detail } from '../../provider.js';
import type { ProviderOptions } from '../provider-options.js';

const TAGS_MAX = 10;
const AWS_REGION = 'us-east-1';
const text = z.string().min(1);

const place = {
  bucket: detail(text, { label: 'Bucket', address: true }),
  region: detail(text.optional(), { label: 'Region', hint: 'For example eu-west-1.' }),
  prefix: prefixField(),
};

const keys = {
  access_key_id: detail(text.optional(), { label: 'Access key ID', aliases: ['user_id'] }),
  secret_access_key: detail(text.optional(), {
    label: 'Secret access key',
    secret: true,
    aliases: ['user_secret'],
  }),
};

const sessionToken = (advanced: boolean) =>
  detail(text.optional(), { label: 'Session token', secret: true, advanced, aliases: ['sessionToken'] });

const role = (advanced: boolean) => ({
  role_arn: detail(text.optional(), {
    label: 'Role ARN',
    hint: 'A role for Chainkeep to assume instead of using an access key.',
    advanced,
  }),
  external_id: detail(text.optional(), {
    label: 'External ID',
    hint: 'The external ID that the role requires.',
    advanced,
  }),
});

const rest = {
  path_style: detail(z.boolean().optional(), {
    label: 'Path style',
    hint: 'The bucket in the path instead of the host name. On by default with an endpoint.',
    advanced: true,
  }),
  storage_class: detail(text.optional(), { label: 'Storage class', advanced: true }),
  sse: detail(z.enum(['AES256', 'aws:kms']).optional(), { label: 'Encryption', advanced: true }),
  kms_key_id: detail(text.optional(), { label: 'KMS key ID', advanced: true }),
  tags: detail(
    z
      .record(z.string().min(1).max(128), z.string().max(256))
      .refine((tags) => Object.keys(tags).length <= TAGS_MAX, `at most ${TAGS_MAX}`)
      .optional(),
    { label: 'Tags', advanced: true },
  ),
  object_lock: lockField('Object Lock'),
  checksum: detail(z.enum(['crc32', 'sha256', 'none']).default('crc32'), {
    label: 'Checksum',
    hint: 'What the store checks uploads with. The default is crc32.',
    advanced: true,
  }),
  sts_endpoint: detail(endpointField.optional(), {
    label: 'STS endpoint',
    hint: "Where the role is assumed, if that is neither AWS nor the store's endpoint.",
    advanced: true,
    type: 'url',
  }),
  web_identity: detail(z.boolean().default(false), {
    label: 'Web identity',
    hint: "Assume the role with the token in the server's AWS_WEB_IDENTITY_TOKEN_FILE.",
    advanced: true,
  }),
};

const ENDPOINT = { label: 'Endpoint', address: true, type: 'url' } as const;

export const AWS_SETTINGS = z.object({
  ...place,
  ...role(false),
  ...keys,
  session_token: sessionToken(false),
  endpoint: detail(endpointField.optional(), { ...ENDPOINT, advanced: true }),
  ...rest,
});

export const S3_SETTINGS = z.object({
  endpoint: detail(endpointField.clone(), { ...ENDPOINT, hint: 'For example https://s3.example.com.' }),
  ...place,
  ...keys,
  session_token: sessionToken(true),
  ...role(true),
  ...rest,
});

type Given = z.infer<typeof AWS_SETTINGS>;
/** What an S3 bucket is, and how this server signs in to it. */
export type S3Settings = Given & Readonly<{ region: string; webIdentityTokenFile: string | undefined }>;

const RULES: readonly (readonly [holds: (given: Given) => boolean, otherwise: string])[] = [
  [
    (given) => (given.access_key_id === undefined) === (given.secret_access_key === undefined),
    'access_key_id and secret_access_key must be set together',
  ],
  [
    (given) => given.external_id === undefined || given.role_arn !== undefined,
    'external_id requires role_arn',
  ],
  [(given) => !given.web_identity || given.role_arn !== undefined, 'web_identity requires role_arn'],
];

const ruled = (settings: z.ZodType<Given>): z.ZodType<Given> =>
  RULES.reduce((schema, [holds, message]) => schema.refine(holds, { message }), settings);

const AWS = ruled(AWS_SETTINGS);
const S3 = ruled(S3_SETTINGS);

/** Parses details and secrets of provider `aws` or `s3`. Throws INPUT_INVALID. */
export const parseS3Settings = (
  location: BucketLocation,
  { awsRegion = AWS_REGION, webIdentityTokenFile }: ProviderOptions = {},
): S3Settings => {
  const given = parseDetails(location.provider === 's3' ? S3 : AWS, location);
  return { ...given, region: given.region ?? awsRegion, webIdentityTokenFile };
};
