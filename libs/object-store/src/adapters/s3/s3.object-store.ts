import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { ProbeFinding } from '#libs/domain';
import { CodedError, isCodedError } from '#libs/kernel';
import { checkedChunks, digestOf } from '../../body.js';
import { checkPrefix, segmentsOf } from '../../key.js';
import { withoutLimits } from '../../limited.object-store.js';
import {
  ObjectStore,
  type CopySource,
  type ObjectBody,
  type ObjectInfo,
  type PutCondition,
  type PutResult,
} from '../../object-store.js';
import { bare, holds } from '../conditions.js';
import { sendWhole } from '../../whole-body.js';
import { isProven } from '../copy-proof.js';
import { conditionFields, infoOf, isRefusal, wasRepeated } from './s3-answers.js';
import { checksumFields, confirms } from './s3-checksum.js';
import { S3Connection, S3_LIMITS, type S3Limits } from './s3-connection.js';
import { copyWithin, isSameStore, type Copy } from './s3-copy.js';
import type { DirectPut } from './direct/s3-direct.js';
import { signWithDigest } from './s3-signing.js';
import { headS3Object } from './s3-head.js';
import { inspectS3 } from './s3-inspect.js';
import { readS3Object } from './s3-read.js';
import type { S3Settings } from './s3-settings.js';
import { sendParts } from './s3-parts.js';
import { inParts, partBytesFor, removeUnfinished } from './s3-upload.js';

const DAY_MS = 86_400_000;

type Expected = Readonly<{ bytes: number; sha256: string }>;
/** Did one of the tries of a write get no answer? */
type Tries = { isOneLost: boolean };
/** A put as the SDK calls its fields. */
type Given = Omit<Partial<PutObjectCommandInput>, 'Body'> & Readonly<{ Body: Buffer }>;
type Write = Readonly<{
  key: string;
  expected: Expected;
  condition: PutCondition;
  signal: AbortSignal | undefined;
}>;

/**
 * Objects in an S3 bucket, or a compatible one (docs/reference/stores.md says how they differ).
 *
 * Conditions are asked before a transfer and decided by the store when the object appears; a store that ignores them
 * (a probe tells) is asked before only. Requests are repeated by the SDK; reads go on where they broke off.
 */
export class S3ObjectStore extends ObjectStore {
  readonly connection: S3Connection;

  constructor(settings: S3Settings, limits: S3Limits = S3_LIMITS) {
    super();
    this.connection = new S3Connection(settings, limits);
  }

  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    segmentsOf(key);
    const write = { key, expected: body, condition, signal };
    return this.conditionally(write, async (tries) => {
      const { partBytes } = this.connection.limits;
      return body.bytes > partBytesFor(body.bytes, partBytes)
        ? this.putInParts(key, body, condition, signal)
        : this.putAtOnce(write, body, tries);
    });
  }

  override async copyFrom(
    source: CopySource,
    key: string,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult | undefined> {
    segmentsOf(key);
    const store = withoutLimits(source.store);
    if (!(store instanceof S3ObjectStore)) return undefined;
    const pair = { from: store.connection, to: this.connection };
    const found = isSameStore(pair) ? await store.head(source.key) : undefined;
    if (found?.bytes !== source.bytes) return undefined;
    const copy: Copy = {
      sourceKey: source.key,
      source: found,
      key,
      properties: this.properties(source.retain),
      condition: conditionFields(condition),
      signal,
    };
    return this.conditionally({ key, expected: source, condition, signal }, async () =>
      (await copyWithin(pair, copy))
        ? this.verified(key, source, {
            confirmed: (object) => isProven(object, { source, found, signal }),
            signal,
          })
        : undefined,
    );
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    segmentsOf(key);
    return this.standing(key);
  }

  override get(key: string, signal?: AbortSignal, into?: Buffer): AsyncIterable<Uint8Array> {
    return readS3Object(this.connection, key, signal, into);
  }

  override async *list(prefix: string): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    const { bucket } = this.connection.settings;
    const root = this.connection.fullKey('');
    let token: string | undefined;
    do {
      const page = await this.connection.send(
        new ListObjectsV2Command({
          Bucket: bucket,
          Prefix: `${root}${prefix}`,
          EncodingType: 'url',
          ContinuationToken: token,
        }),
        { permission: 's3:ListBucket' },
      );
      const plain = (text: string): string =>
        page.EncodingType === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
      for (const { Key, Size, ETag } of page.Contents ?? []) {
        const key = plain(Key ?? '').slice(root.length);
        if (key !== '' && !key.endsWith('/')) yield { key, bytes: Size ?? 0, etag: bare(ETag) };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  override async remove(key: string): Promise<void> {
    segmentsOf(key);
    const action = { permission: 's3:DeleteObject', key };
    await this.connection.send(new DeleteObjectCommand(this.connection.at(key)), action);
  }

  override async inspect(prefix: string, signal?: AbortSignal): Promise<readonly ProbeFinding[]> {
    return inspectS3(this.connection, prefix, signal);
  }

  private standing(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    return headS3Object(this.connection, key, signal);
  }

  /** Runs a write unless its condition fails already, and turns the store's refusal into what stands there. */
  private async conditionally<T extends PutResult | undefined>(
    { key, expected, condition, signal }: Write,
    write: (tries: Tries) => Promise<T>,
  ): Promise<T | PutResult> {
    signal?.throwIfAborted();
    if (condition !== 'always') {
      // Asked first, so that a refusal does not cost a transfer.
      const object = await this.standing(key, signal);
      if (!holds(condition, object)) return { outcome: 'refused', object };
    }
    const tries: Tries = { isOneLost: false };
    try {
      return await write(tries);
    } catch (error) {
      if (!isRefusal(error, condition)) throw error;
      const object = await this.standing(key, signal);
      // The answer to a first try was lost: what the second one met is our own object.
      const isOurs =
        (tries.isOneLost || wasRepeated(error)) &&
        object !== undefined &&
        (await this.holdsBytes(object, expected, signal));
      return isOurs ? { outcome: 'stored', object } : { outcome: 'refused', object };
    }
  }

  private async holdsBytes(object: ObjectInfo, expected: Expected, signal?: AbortSignal): Promise<boolean> {
    if (object.bytes !== expected.bytes) return false;
    if (object.checksum === `sha256:${expected.sha256}`) return true;
    const { bytes, sha256 } = await digestOf(this, object.key, signal);
    return bytes === expected.bytes && sha256 === expected.sha256;
  }

  private async putAtOnce(write: Write, body: ObjectBody, tries: Tries): Promise<PutResult> {
    const { key, signal } = write;
    const send = async (Body: Buffer) => {
      const fields = checksumFields(this.connection.settings.checksum, Body);
      const properties = this.properties(body.retain);
      const given = { ...properties, ...conditionFields(write.condition), ...fields, Body };
      // Only what has no further properties can be said in few words.
      const isPlain = Object.keys(properties).length === 0;
      const direct = isPlain ? await this.putDirectly(write, body, given) : undefined;
      if (direct?.outcome === 'unknown') tries.isOneLost = true;
      const answer = direct?.outcome === 'stored' ? direct.answer : await this.putBySdk(write, body, given);
      return { answer, isConfirmed: confirms(answer, fields) === true };
    };
    const { answer, isConfirmed } = await sendWhole(body, send, signal);
    if (isConfirmed) return { outcome: 'stored', object: infoOf(key, body.bytes, answer) };
    return this.verified(key, body, { confirmed: async () => false, signal });
  }

  private async putDirectly(
    { key, signal }: Write,
    { sha256 }: ObjectBody,
    { IfNoneMatch, IfMatch, ChecksumCRC32, ChecksumSHA256, Body }: Given,
  ): Promise<DirectPut | undefined> {
    const headers = {
      ...(IfNoneMatch === undefined ? {} : { 'if-none-match': IfNoneMatch }),
      ...(IfMatch === undefined ? {} : { 'if-match': IfMatch }),
      ...(ChecksumCRC32 === undefined ? {} : { 'x-amz-checksum-crc32': ChecksumCRC32 }),
      ...(ChecksumSHA256 === undefined ? {} : { 'x-amz-checksum-sha256': ChecksumSHA256 }),
    };
    const { direct } = this.connection;
    return direct?.put(this.connection.fullKey(key), { body: Body, sha256, headers }, signal);
  }

  private async putBySdk({ key, signal }: Write, { bytes, sha256 }: ObjectBody, given: Given) {
    const put = new PutObjectCommand({ ...this.connection.at(key), ...given, ContentLength: bytes });
    signWithDigest(put, sha256);
    return this.connection.send(put, { permission: 's3:PutObject', key }, signal);
  }

  private async putInParts(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    const upload = {
      key,
      bytes: body.bytes,
      properties: { ...this.properties(body.retain), ...this.partChecksums() },
      condition: conditionFields(condition),
      signal,
    };
    const { answer, expected } = await inParts(this.connection, upload, (sender) =>
      sendParts(this.connection, upload, { sender, chunks: checkedChunks(body, signal) }),
    );
    await this.removeRivals(key);
    const isConfirmed = confirms(answer, expected) === true;
    return this.verified(key, body, { confirmed: async () => isConfirmed, signal });
  }

  /** After an upload is complete, no other upload of its key is of use: earlier tries that nobody could end. */
  private async removeRivals(key: string): Promise<void> {
    const fullKey = this.connection.fullKey(key);
    try {
      await removeUnfinished(this.connection, { prefix: key, isOurs: (other) => other.fullKey === fullKey });
    } catch (error) {
      // The object is there in full; not being allowed to list uploads is found by a probe.
      if (!isCodedError(error)) throw error;
    }
  }

  /** What was written is what was announced: the store says so, else it is read back. */
  private async verified(
    key: string,
    expected: Expected,
    {
      confirmed,
      signal,
    }: Readonly<{ confirmed: (object: ObjectInfo) => Promise<boolean>; signal: AbortSignal | undefined }>,
  ): Promise<PutResult> {
    const object = await this.standing(key, signal);
    if (object !== undefined) {
      const isKnown = object.bytes === expected.bytes && (await confirmed(object));
      if (isKnown || (await this.holdsBytes(object, expected, signal))) return { outcome: 'stored', object };
      // It was written by this very call, so removing it takes nothing from anybody.
      await this.remove(key).catch(() => undefined);
    }
    throw new CodedError(
      'TARGET_DIGEST_MISMATCH',
      `The bytes of ${key} read back are not the bytes written.`,
      {
        context: {
          key,
          bytes: object?.bytes,
          expectedBytes: expected.bytes,
          expectedSha256: expected.sha256,
        },
      },
    );
  }

  private partChecksums(): Partial<PutObjectCommandInput> & { ChecksumType?: 'FULL_OBJECT' | 'COMPOSITE' } {
    const { checksum } = this.connection.settings;
    if (checksum === 'crc32') return { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' };
    return checksum === 'sha256' ? { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' } : {};
  }

  /** What every object of the place is stored with. */
  private properties(retain: boolean | undefined): Partial<PutObjectCommandInput> {
    const { storage_class, sse, kms_key_id, tags, object_lock } = this.connection.settings;
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
  }
}
