import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-settings.js';

const DAY_MS = 86_400_000;

/** What every object of the place is stored with: class, encryption, tags; retention for those that `retain`. */
export const propertiesOf = (
  { storage_class, sse, kms_key_id, tags, object_lock }: S3Settings,
  retain: boolean | undefined,
): Partial<PutObjectCommandInput> => {
  const fields: Partial<PutObjectCommandInput> = {};
  if (storage_class !== undefined)
    fields.StorageClass = storage_class as NonNullable<typeof fields.StorageClass>;
  if (sse !== undefined) fields.ServerSideEncryption = sse;
  if (kms_key_id !== undefined) fields.SSEKMSKeyId = kms_key_id;
  if (tags !== undefined) fields.Tagging = new URLSearchParams(tags).toString();
  if (object_lock !== undefined && retain === true) {
    fields.ObjectLockMode = object_lock.mode;
    fields.ObjectLockRetainUntilDate = new Date(Date.now() + object_lock.days * DAY_MS);
  }
  return fields;
};
