import { z } from 'zod';
import type { BucketLocation } from '../../object-stores.js';
import { endpointField, parseDetails, prefixField } from '../../details.js';

const TAGS_MAX = 10;
const AWS_REGION = 'us-east-1';
const text = z.string().min(1);

const settings = z
  .object({
    bucket: text,
    region: text.optional(),
    endpoint: endpointField.optional(),
    prefix: prefixField,
    /** The bucket in the path instead of the host name; the default wherever an endpoint is given. */
    path_style: z.boolean().optional(),
    storage_class: text.optional(),
    sse: z.enum(['AES256', 'aws:kms']).optional(),
    kms_key_id: text.optional(),
    tags: z
      .record(z.string().min(1).max(128), z.string().max(256))
      .refine((tags) => Object.keys(tags).length <= TAGS_MAX, `at most ${TAGS_MAX}`)
      .optional(),
    object_lock: z
      .object({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days: z.number().int().positive().max(36_500) })
      .optional(),
    checksum: z.enum(['crc32', 'sha256', 'none']).default('crc32'),
    access_key_id: text.optional(),
    secret_access_key: text.optional(),
    session_token: text.optional(),
    role_arn: text.optional(),
    external_id: text.optional(),
    sts_endpoint: endpointField.optional(),
    /** Assume the role with the token in AWS_WEB_IDENTITY_TOKEN_FILE of this server. */
    web_identity: z.boolean().default(false),
  })
  .refine((given) => (given.access_key_id === undefined) === (given.secret_access_key === undefined), {
    message: 'access_key_id and secret_access_key must be set together',
  })
  .refine((given) => given.external_id === undefined || given.role_arn !== undefined, {
    message: 'external_id requires role_arn',
  })
  .refine((given) => !given.web_identity || given.role_arn !== undefined, {
    message: 'web_identity requires role_arn',
  });

/** What an S3 place is, as its owner gave it. */
export type S3Settings = z.infer<typeof settings> & Readonly<{ region: string }>;

/** Parses details and secrets of provider `aws` or `s3`. Rejects with INPUT_INVALID. */
export const parseS3Settings = (place: BucketLocation): S3Settings => {
  const given = parseDetails(settings, place);
  const region = given.region ?? process.env['AWS_REGION'] ?? AWS_REGION;
  return { ...given, region };
};
