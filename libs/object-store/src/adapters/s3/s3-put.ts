import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { isCodedError } from '#libs/kernel';
import { checkedChunks } from '../../body.js';
import type { ObjectBody, PutResult } from '../../object-store.js';
import { sendWhole } from '../../whole-body.js';
import type { DirectPut } from './direct/s3-direct.js';
import { conditionFields, infoOf } from './s3-answers.js';
import { checksumFields, confirms, partChecksums } from './s3-checksum.js';
import type { S3Write, Tries } from './s3-conditional.js';
import type { S3Connection } from './s3-connection.js';
import { sendParts } from './s3-parts.js';
import { proveS3Object } from './s3-proof.js';
import { propertiesOf } from './s3-properties.js';
import { signWithDigest } from './s3-signing.js';
import { inParts, partBytesFor, removeUnfinished } from './s3-upload.js';

/** A put as the SDK calls its fields. */
type Given = Omit<Partial<PutObjectCommandInput>, 'Body'> & Readonly<{ Body: Buffer }>;

/** Stores a body in one request while it fits in a part, else in parts; proved either way. */
export const putS3Object = async (
  connection: S3Connection,
  write: S3Write,
  body: ObjectBody,
  tries: Tries,
): Promise<PutResult> =>
  body.bytes > partBytesFor(body.bytes, connection.limits.partBytes)
    ? putInParts(connection, write, body)
    : putAtOnce(connection, write, body, tries);

const putAtOnce = async (
  connection: S3Connection,
  write: S3Write,
  body: ObjectBody,
  tries: Tries,
): Promise<PutResult> => {
  const { key, signal } = write;
  const { settings } = connection;
  const send = async (Body: Buffer) => {
    const fields = checksumFields(settings.checksum, Body);
    const properties = propertiesOf(settings, body.retain);
    const given = { ...properties, ...conditionFields(write.condition), ...fields, Body };
    // Only what has no further properties can be said in few words.
    const isPlain = Object.keys(properties).length === 0;
    const direct = isPlain ? await putDirectly(connection, write, body, given) : undefined;
    if (direct?.outcome === 'unknown') tries.isOneLost = true;
    const answer =
      direct?.outcome === 'stored' ? direct.answer : await putBySdk(connection, write, body, given);
    return { answer, isConfirmed: confirms(answer, fields) === true };
  };
  const { answer, isConfirmed } = await sendWhole(body, send, signal);
  if (isConfirmed) return { outcome: 'stored', object: infoOf(key, body.bytes, answer) };
  return proveS3Object(connection, key, body, { confirmed: async () => false, signal });
};

const putDirectly = async (
  connection: S3Connection,
  { key, signal }: S3Write,
  { sha256 }: ObjectBody,
  { IfNoneMatch, IfMatch, ChecksumCRC32, ChecksumSHA256, Body }: Given,
): Promise<DirectPut | undefined> => {
  const headers = {
    ...(IfNoneMatch === undefined ? {} : { 'if-none-match': IfNoneMatch }),
    ...(IfMatch === undefined ? {} : { 'if-match': IfMatch }),
    ...(ChecksumCRC32 === undefined ? {} : { 'x-amz-checksum-crc32': ChecksumCRC32 }),
    ...(ChecksumSHA256 === undefined ? {} : { 'x-amz-checksum-sha256': ChecksumSHA256 }),
  };
  return connection.direct?.put(connection.fullKey(key), { body: Body, sha256, headers }, signal);
};

const putBySdk = async (
  connection: S3Connection,
  { key, signal }: S3Write,
  { bytes, sha256 }: ObjectBody,
  given: Given,
) => {
  const put = new PutObjectCommand({ ...connection.at(key), ...given, ContentLength: bytes });
  signWithDigest(put, sha256);
  return connection.send(put, { permission: 's3:PutObject', key }, signal);
};

const putInParts = async (
  connection: S3Connection,
  { key, condition, signal }: S3Write,
  body: ObjectBody,
): Promise<PutResult> => {
  const { settings } = connection;
  const upload = {
    key,
    bytes: body.bytes,
    properties: { ...propertiesOf(settings, body.retain), ...partChecksums(settings.checksum) },
    condition: conditionFields(condition),
    signal,
  };
  const { answer, expected } = await inParts(connection, upload, (sender) =>
    sendParts(connection, upload, { sender, chunks: checkedChunks(body, signal) }),
  );
  await removeRivals(connection, key);
  const isConfirmed = confirms(answer, expected) === true;
  return proveS3Object(connection, key, body, { confirmed: async () => isConfirmed, signal });
};

/** After an upload is complete, no other upload of its key is of use, such as earlier tries that could not be ended. */
const removeRivals = async (connection: S3Connection, key: string): Promise<void> => {
  const fullKey = connection.fullKey(key);
  try {
    await removeUnfinished(connection, { prefix: key, isOurs: (other) => other.fullKey === fullKey });
  } catch (error) {
    // The object is there in full; not being allowed to list uploads is found by a probe.
    if (!isCodedError(error)) throw error;
  }
};
