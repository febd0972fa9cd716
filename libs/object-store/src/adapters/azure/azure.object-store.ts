import { createHash, randomBytes } from 'node:crypto';
import type { BlobRequestConditions, BlockBlobClient, BlockBlobUploadOptions } from '@azure/storage-blob';
import type { ProbeFinding } from '#libs/domain';
import { CodedError, hasCode } from '#libs/kernel';
import { checkedChunks, digestOf } from '../../body.js';
import { segmentsOf } from '../../key.js';
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
import { isProven } from '../copy-proof.js';
import { sendInParts } from '../part-queue.js';
import { sendWhole } from '../../whole-body.js';
import { readOnward, type Opened } from '../resumed-read.js';
import { AZURE_LIMITS, AzureConnection, type AzureLimits } from './azure-connection.js';
import { COPY_BYTES_MAX, isCopyUnsupported, readableUrl } from './azure-copy.js';
import { azureStatusOf } from './azure-errors.js';
import { inspectAzure } from './azure-inspect.js';
import { listAzure } from './azure-list.js';
import type { AzureSettings } from './azure-settings.js';

const DAY_MS = 86_400_000;
const MB = 1 << 20;
/** Azure takes 50,000 blocks. */
const BLOCKS_MAX = 45_000;

type Properties = Pick<BlockBlobUploadOptions, 'tier' | 'tags' | 'immutabilityPolicy'>;
type Write = Readonly<{ key: string; condition: PutCondition; signal: AbortSignal | undefined }>;

/**
 * Block blobs in an Azure container. Every block carries its MD5, which the service checks on arrival; blocks that an
 * aborted upload left are not an object, vanish with the next upload of the key, and are discarded by Azure after a week.
 */
export class AzureObjectStore extends ObjectStore {
  readonly connection: AzureConnection;

  constructor(settings: AzureSettings, limits: AzureLimits = AZURE_LIMITS) {
    super();
    this.connection = new AzureConnection(settings, limits);
  }

  override async put(
    key: string,
    body: ObjectBody,
    condition: PutCondition,
    signal?: AbortSignal,
  ): Promise<PutResult> {
    segmentsOf(key);
    const write = { key, condition, signal };
    return this.conditionally(write, async () => {
      const { blockBytes } = this.connection.limits;
      if (body.bytes > blockBytes) await this.putInBlocks(write, body);
      else await this.putAtOnce(write, body);
      const object = await this.standing(key, signal);
      if (object?.bytes === body.bytes) return { outcome: 'stored', object };
      throw new CodedError('TARGET_DIGEST_MISMATCH', `${key} has a different size than was written.`, {
        context: { key, bytes: object?.bytes, expectedBytes: body.bytes },
      });
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
    if (!(store instanceof AzureObjectStore) || source.bytes > COPY_BYTES_MAX) return undefined;
    const from = store.connection;
    if (from.settings.endpoint !== this.connection.settings.endpoint) return undefined;
    const found = await store.head(source.key);
    const url = await from.ask(
      async (container) => readableUrl(from, container.getBlockBlobClient(from.fullKey(source.key))),
      { permission: 'blobs/read', key: source.key },
    );
    if (found?.bytes !== source.bytes || url === undefined) return undefined;
    return this.conditionally({ key, condition, signal }, async () => {
      try {
        await this.askBlob({ key, condition, signal }, (blob, options) =>
          blob.syncCopyFromURL(url, {
            ...options,
            ...this.properties(source.retain),
            sourceConditions: { ifMatch: `"${found.etag}"` },
          }),
        );
      } catch (error) {
        if (isCopyUnsupported(error)) return undefined;
        throw error;
      }
      return this.copied(key, { source, found, signal });
    });
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    segmentsOf(key);
    return this.standing(key);
  }

  override async *get(key: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    segmentsOf(key);
    const openAt = async (offset: number, etag: string | undefined): Promise<Opened> => {
      try {
        const answer = await this.connection.ask(
          (container) =>
            container.getBlockBlobClient(this.connection.fullKey(key)).download(offset, undefined, {
              ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
              ...(signal === undefined ? {} : { abortSignal: signal }),
            }),
          { permission: 'blobs/read', key },
          signal,
        );
        const stream = answer.readableStreamBody as unknown as Opened['stream'];
        return { etag: answer.etag, bytes: answer.contentLength ?? 0, stream };
      } catch (error) {
        if (azureStatusOf(error) !== 404 || hasCode(error, 'TARGET_PLACE_MISSING')) throw error;
        throw new CodedError('TARGET_OBJECT_MISSING', `There is no object ${key}.`, { context: { key } });
      }
    };
    yield* readOnward(key, openAt, signal);
  }

  override list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo> {
    return listAzure(this.connection, prefix, signal);
  }

  override async remove(key: string): Promise<void> {
    segmentsOf(key);
    await this.connection.ask(
      (container, abortSignal) =>
        container
          .getBlockBlobClient(this.connection.fullKey(key))
          .deleteIfExists({ deleteSnapshots: 'include', abortSignal }),
      { permission: 'blobs/delete', key },
    );
  }

  override async inspect(prefix: string, signal?: AbortSignal): Promise<readonly ProbeFinding[]> {
    return inspectAzure(this.connection, prefix, signal);
  }

  private async standing(key: string, signal?: AbortSignal): Promise<ObjectInfo | undefined> {
    try {
      const found = await this.connection.ask(
        (container, abortSignal) =>
          container.getBlockBlobClient(this.connection.fullKey(key)).getProperties({ abortSignal }),
        { permission: 'blobs/read', key },
        signal,
      );
      const info = { key, bytes: found.contentLength ?? 0, etag: bare(found.etag) };
      const md5 = found.contentMD5;
      return md5 === undefined ? info : { ...info, checksum: `md5:${Buffer.from(md5).toString('hex')}` };
    } catch (error) {
      if (azureStatusOf(error) === 404) return undefined;
      throw error;
    }
  }

  /** Runs a write unless its condition fails already, and turns the store's refusal into what is there. */
  private async conditionally<T extends PutResult | undefined>(
    { key, condition, signal }: Write,
    write: () => Promise<T>,
  ): Promise<T | PutResult> {
    signal?.throwIfAborted();
    if (condition !== 'always') {
      const object = await this.standing(key, signal);
      if (!holds(condition, object)) return { outcome: 'refused', object };
    }
    try {
      return await write();
    } catch (error) {
      const status = azureStatusOf(error);
      const isRefusal = condition !== 'always' && (status === 412 || status === 409);
      if (!isRefusal || hasCode(error, 'TARGET_LOCKED')) throw error;
      return { outcome: 'refused', object: await this.standing(key, signal) };
    }
  }

  private async putAtOnce(write: Write, body: ObjectBody): Promise<void> {
    const send = async (bytes: Buffer): Promise<unknown> => {
      const blobContentMD5 = createHash('md5').update(bytes).digest();
      return this.askBlob(write, (blob, options) =>
        blob.upload(bytes, bytes.length, {
          ...options,
          ...this.properties(body.retain),
          blobHTTPHeaders: { blobContentMD5 },
        }),
      );
    };
    await sendWhole(body, send, write.signal);
  }

  private async putInBlocks(write: Write, body: ObjectBody): Promise<void> {
    const { blockBytes, blocksAtOnce } = this.connection.limits;
    const whole = createHash('md5');
    // Blocks of two uploads of one key must not be mixed up.
    const upload = randomBytes(6).toString('hex');
    const ids: string[] = [];
    await sendInParts(checkedChunks(body, write.signal), {
      partBytes: Math.max(blockBytes, Math.ceil(body.bytes / BLOCKS_MAX / MB) * MB),
      partsAtOnce: blocksAtOnce,
      signal: write.signal,
      send: async (part, index, limit) => {
        whole.update(part);
        const id = Buffer.from(`${upload}-${String(index).padStart(6, '0')}`).toString('base64');
        ids.push(id);
        const transactionalContentMD5 = createHash('md5').update(part).digest();
        await this.askBlob({ ...write, condition: 'always', signal: limit }, (blob, { abortSignal }) =>
          blob.stageBlock(id, part, part.length, { abortSignal, transactionalContentMD5 }),
        );
      },
    });
    write.signal?.throwIfAborted();
    const blobContentMD5 = whole.digest();
    await this.askBlob(write, (blob, options) =>
      blob.commitBlockList(ids, {
        ...options,
        ...this.properties(body.retain),
        blobHTTPHeaders: { blobContentMD5 },
      }),
    );
  }

  private async copied(
    key: string,
    proof: Readonly<{ source: CopySource; found: ObjectInfo; signal: AbortSignal | undefined }>,
  ): Promise<PutResult> {
    const { source, signal } = proof;
    const object = await this.standing(key, signal);
    if (object?.bytes === source.bytes) {
      if (await isProven(object, proof)) return { outcome: 'stored', object };
      const read = await digestOf(this, key, signal);
      if (read.sha256 === source.sha256) return { outcome: 'stored', object };
    }
    // It was written by this very call, so removing it takes nothing from anybody.
    await this.remove(key).catch(() => undefined);
    throw new CodedError('TARGET_DIGEST_MISMATCH', `The copy ${key} differs from its source.`, {
      context: { key },
    });
  }

  private askBlob<T>(
    { key, condition, signal }: Write,
    request: (
      blob: BlockBlobClient,
      options: Readonly<{ abortSignal: AbortSignal; conditions: BlobRequestConditions }>,
    ) => Promise<T>,
  ): Promise<T> {
    return this.connection.ask(
      (container, abortSignal) => {
        const blob = container.getBlockBlobClient(this.connection.fullKey(key));
        return request(blob, { abortSignal, conditions: conditionsOf(condition) });
      },
      { permission: 'blobs/write', key },
      signal,
    );
  }

  /** What every object of the place is stored with. */
  private properties(retain: boolean | undefined): Properties {
    const { tier, tags, object_lock } = this.connection.settings;
    const fields: Properties = {};
    if (tier !== undefined) fields.tier = tier;
    if (tags !== undefined) fields.tags = tags;
    if (object_lock !== undefined && retain === true) {
      fields.immutabilityPolicy = {
        expiriesOn: new Date(Date.now() + object_lock.days * DAY_MS),
        policyMode: object_lock.mode === 'COMPLIANCE' ? 'Locked' : 'Unlocked',
      };
    }
    return fields;
  }
}

const conditionsOf = (condition: PutCondition): BlobRequestConditions => {
  if (condition === 'always') return {};
  return condition === 'if-absent' ? { ifNoneMatch: '*' } : { ifMatch: `"${condition.ifMatch}"` };
};
