import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { CodedError } from '#libs/kernel';
import { digestOf } from '../../body.js';
import type { ObjectInfo, PutResult } from '../../object-store.js';
import type { S3Connection } from './s3-connection.js';
import { headS3Object } from './s3-head.js';
import { readS3Object } from './s3-read.js';

/** What a write announced. */
export type Expected = Readonly<{ bytes: number; sha256: string }>;

type Proof = Readonly<{
  /** Does the store say so of the object? */
  confirmed: (object: ObjectInfo) => Promise<boolean>;
  signal: AbortSignal | undefined;
}>;

export const removeS3Object = async (connection: S3Connection, key: string): Promise<void> => {
  await connection.send(new DeleteObjectCommand(connection.at(key)), { permission: 's3:DeleteObject', key });
};

/** Does the object have the announced bytes? Read back, unless the store reports its SHA-256. */
export const holdsBytes = async (
  connection: S3Connection,
  object: ObjectInfo,
  { expected, signal }: Readonly<{ expected: Expected; signal: AbortSignal | undefined }>,
): Promise<boolean> => {
  if (object.bytes !== expected.bytes) return false;
  if (object.checksum === `sha256:${expected.sha256}`) return true;
  const store = { get: (key: string) => readS3Object(connection, key, signal) };
  const { bytes, sha256 } = await digestOf(store, object.key, signal, object.bytes);
  return bytes === expected.bytes && sha256 === expected.sha256;
};

/** What was written is what was announced: the store says so, else it is read back. */
export const proveS3Object = async (
  connection: S3Connection,
  key: string,
  expected: Expected,
  { confirmed, signal }: Proof,
): Promise<PutResult> => {
  const object = await headS3Object(connection, key, signal);
  if (object !== undefined) {
    const isKnown = object.bytes === expected.bytes && (await confirmed(object));
    if (isKnown || (await holdsBytes(connection, object, { expected, signal })))
      return { outcome: 'stored', object };
    // It was written by this very call, so removing it takes nothing from anybody.
    await removeS3Object(connection, key).catch(() => undefined);
  }
  throw new CodedError('TARGET_DIGEST_MISMATCH', `The bytes of ${key} read back are not the bytes written.`, {
    context: { key, bytes: object?.bytes, expectedBytes: expected.bytes, expectedSha256: expected.sha256 },
  });
};
