import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-settings.js';

type Mode = S3Settings['checksum'];
/** The fields of S3 answers that hold checksums, in base64. */
export type ReportedChecksums = Readonly<{
  ChecksumCRC32?: string | undefined;
  ChecksumCRC32C?: string | undefined;
  ChecksumCRC64NVME?: string | undefined;
  ChecksumSHA1?: string | undefined;
  ChecksumSHA256?: string | undefined;
}>;

export type ChecksumFields = Readonly<{ ChecksumCRC32?: string; ChecksumSHA256?: string }>;

const crcBytes = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** What is sent beside bytes so that the store itself can tell whether they arrived. */
export const checksumFields = (mode: Mode, bytes: Uint8Array): ChecksumFields => {
  if (mode === 'crc32') return { ChecksumCRC32: crcBytes(crc32(bytes)).toString('base64') };
  if (mode === 'sha256') return { ChecksumSHA256: createHash('sha256').update(bytes).digest('base64') };
  return {};
};

/** What an upload in parts says beforehand of its checksums. */
export const partChecksums = (
  mode: Mode,
): Pick<CreateMultipartUploadCommandInput, 'ChecksumAlgorithm' | 'ChecksumType'> => {
  if (mode === 'crc32') return { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' };
  return mode === 'sha256' ? { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' } : {};
};

/** `algorithm:hex` of the whole object, from any answer; checksums of checksums of parts (`...-3`) say nothing of it. */
export const reportedChecksum = (reported: ReportedChecksums): string | undefined => {
  const found = [
    ['sha256', reported.ChecksumSHA256],
    ['crc64nvme', reported.ChecksumCRC64NVME],
    ['crc32', reported.ChecksumCRC32],
    ['crc32c', reported.ChecksumCRC32C],
    ['sha1', reported.ChecksumSHA1],
  ].find(([, value]) => value !== undefined && !value.includes('-'));
  return found === undefined
    ? undefined
    : `${found[0]}:${Buffer.from(found[1] ?? '', 'base64').toString('hex')}`;
};

/** The checksums of an object while it flows past: of the whole for `crc32`, of the parts' digests for `sha256`. */
export class ObjectChecksum {
  private crc = 0;
  private readonly digests: Buffer[] = [];

  constructor(private readonly mode: Mode) {}

  /** Fields for one part; the parts come in their order. */
  add(part: Uint8Array): ChecksumFields {
    if (this.mode === 'crc32') this.crc = crc32(part, this.crc);
    const fields = checksumFields(this.mode, part);
    if (fields.ChecksumSHA256 !== undefined) this.digests.push(Buffer.from(fields.ChecksumSHA256, 'base64'));
    return fields;
  }

  /** What the store must report of the object once its parts are put together; `undefined` for `none`. */
  expected(): ChecksumFields | undefined {
    if (this.mode === 'crc32') return { ChecksumCRC32: crcBytes(this.crc).toString('base64') };
    if (this.mode === 'none') return undefined;
    const composite = createHash('sha256').update(Buffer.concat(this.digests)).digest('base64');
    return { ChecksumSHA256: `${composite}-${this.digests.length}` };
  }
}

/** Does the answer confirm what was sent? `undefined` when it says nothing of it. */
export const confirms = (
  reported: ReportedChecksums,
  expected: ChecksumFields | undefined,
): boolean | undefined => {
  const sent = expected?.ChecksumCRC32 ?? expected?.ChecksumSHA256;
  const said = expected?.ChecksumCRC32 === undefined ? reported.ChecksumSHA256 : reported.ChecksumCRC32;
  // A store that knows no checksums of whole objects answers with one of the parts: that confirms nothing.
  if (sent?.includes('-') !== said?.includes('-')) return undefined;
  return sent === undefined ? undefined : said === sent;
};
