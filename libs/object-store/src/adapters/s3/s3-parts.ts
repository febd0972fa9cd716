import { UploadPartCommand, type CompletedPart } from '@aws-sdk/client-s3';
import { ObjectChecksum, type ChecksumFields } from './s3-checksum.js';
import type { S3Connection } from './s3-connection.js';
import { partBytesFor, type PartSender, type Upload } from './s3-upload.js';

type Part = Buffer<ArrayBuffer>;

/** Parts on their way, in constant memory: as many buffers as may be on their way, and one that is being filled. */
class PartQueue {
  private readonly checksum: ObjectChecksum;
  private readonly free: Part[];
  private readonly onTheirWay = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly connection: S3Connection,
    private readonly upload: Upload,
    private readonly sender: PartSender,
  ) {
    const { partBytes, partsAtOnce } = connection.limits;
    const size = partBytesFor(upload.bytes, partBytes);
    this.checksum = new ObjectChecksum(connection.settings.checksum);
    this.free = Array.from({ length: partsAtOnce + 1 }, () => Buffer.allocUnsafeSlow(size));
    const { signal } = upload;
    this.signal = signal === undefined ? this.stop.signal : AbortSignal.any([signal, this.stop.signal]);
  }

  /** A buffer to fill; waits until one is free. Rejects with the failure of an earlier part. */
  async next(): Promise<Part> {
    let part: Part | undefined;
    while ((part = this.free.pop()) === undefined) await Promise.race(this.onTheirWay);
    if (this.failure !== undefined) throw this.failure.error;
    return part;
  }

  send(buffer: Part, length: number): void {
    const Body = buffer.subarray(0, length);
    const fields = this.checksum.add(Body);
    const PartNumber = this.sender.parts.length + 1;
    const done: CompletedPart = { PartNumber, ...fields };
    this.sender.parts.push(done);
    const { key } = this.upload;
    const at = { ...this.connection.at(key), UploadId: this.sender.uploadId, PartNumber };
    const command = new UploadPartCommand({ ...at, ...fields, Body });
    const sending = this.connection
      .send(command, { permission: 's3:PutObject', key }, this.signal)
      .then(
        ({ ETag }) => {
          done.ETag = ETag;
        },
        (error: unknown) => {
          this.failure ??= { error };
        },
      )
      .finally(() => {
        this.free.push(buffer);
        this.onTheirWay.delete(sending);
      });
    this.onTheirWay.add(sending);
  }

  /** Waits for the last part. Returns what the store must report of the whole. */
  async end(): Promise<ChecksumFields | undefined> {
    await Promise.all(this.onTheirWay);
    if (this.failure !== undefined) throw this.failure.error;
    return this.checksum.expected();
  }

  /** A part that arrives after its upload was aborted would stay for ever: returns when none is on its way. */
  async giveUp(reason: unknown): Promise<void> {
    this.stop.abort(reason);
    await Promise.all(this.onTheirWay);
  }
}

/** Sends the chunks as the parts of an upload. Returns what the store must report of the whole. */
export const sendParts = async (
  connection: S3Connection,
  upload: Upload,
  { sender, chunks }: Readonly<{ sender: PartSender; chunks: AsyncIterable<Uint8Array> }>,
): Promise<ChecksumFields | undefined> => {
  const queue = new PartQueue(connection, upload, sender);
  try {
    let part = await queue.next();
    let filled = 0;
    for await (const chunk of chunks) {
      for (let taken = 0; taken < chunk.byteLength;) {
        const count = Math.min(part.length - filled, chunk.byteLength - taken);
        part.set(chunk.subarray(taken, taken + count), filled);
        filled += count;
        taken += count;
        if (filled < part.length) continue;
        queue.send(part, filled);
        part = await queue.next();
        filled = 0;
      }
    }
    if (filled > 0) queue.send(part, filled);
    return await queue.end();
  } catch (error) {
    await queue.giveUp(error);
    throw error;
  }
};
