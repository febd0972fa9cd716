import { UploadPartCommand, type CompletedPart } from '@aws-sdk/client-s3';
import { sendInParts } from '../part-queue.js';
import { ObjectChecksum, type ChecksumFields } from './s3-checksum.js';
import type { S3Connection } from './s3-connection.js';
import { partBytesFor, type PartSender, type Upload } from './s3-upload.js';

/** Sends the chunks as the parts of an upload. Returns what the store must report of the whole. */
export const sendParts = async (
  connection: S3Connection,
  { key, bytes, signal }: Upload,
  { sender, chunks }: Readonly<{ sender: PartSender; chunks: AsyncIterable<Uint8Array> }>,
): Promise<ChecksumFields | undefined> => {
  const { partBytes, partsAtOnce } = connection.limits;
  const checksum = new ObjectChecksum(connection.settings.checksum);
  const action = { permission: 's3:PutObject', key };
  await sendInParts(chunks, {
    partBytes: partBytesFor(bytes, partBytes),
    partsAtOnce,
    signal,
    send: async (Body, index, limit) => {
      const PartNumber = index + 1;
      const fields = checksum.add(Body);
      const done: CompletedPart = { PartNumber, ...fields };
      sender.parts.push(done);
      const at = { ...connection.at(key), UploadId: sender.uploadId, PartNumber };
      const { ETag } = await connection.send(
        new UploadPartCommand({ ...at, ...fields, Body }),
        action,
        limit,
      );
      done.ETag = ETag;
    },
  });
  return checksum.expected();
};
