import type { ProbeFinding } from '#libs/domain';
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
import { isProven } from '../copy-proof.js';
import { conditionFields } from './s3-answers.js';
import { conditionally } from './s3-conditional.js';
import { S3Connection, S3_LIMITS, type S3Limits } from './s3-connection.js';
import { copyWithin, isSameStore, type Copy } from './s3-copy.js';
import { headS3Object } from './s3-head.js';
import { inspectS3 } from './s3-inspect.js';
import { listS3Objects } from './s3-list.js';
import { proveS3Object, removeS3Object } from './s3-proof.js';
import { propertiesOf } from './s3-properties.js';
import { putS3Object } from './s3-put.js';
import { readS3Object } from './s3-read.js';
import type { S3Settings } from './s3-settings.js';

/**
 * Objects in an S3 bucket, or a compatible one (docs/reference/stores.md says how they differ). The parts, one job each:
 *
 * - `S3Connection` signs in, sends, codes failures; the SDK repeats requests. `direct/` is its short way.
 * - `s3-conditional` asks conditions before a transfer; the store decides them when the object appears. A store that
 *   ignores them (a probe tells) is asked before only.
 * - `s3-put` and `s3-upload` write, in one request or in parts; `s3-checksum` is what is sent to be checked.
 * - `s3-proof` takes nothing for stored that the store does not confirm or that was not read back.
 * - `s3-read` goes on where a read broke off. Rates are limited around the store, by `LimitedObjectStore`.
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
    return conditionally(this.connection, write, (tries) => putS3Object(this.connection, write, body, tries));
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
      properties: propertiesOf(this.connection.settings, source.retain),
      condition: conditionFields(condition),
      signal,
    };
    return conditionally(this.connection, { key, expected: source, condition, signal }, async () =>
      (await copyWithin(pair, copy))
        ? proveS3Object(this.connection, key, source, {
            confirmed: (object) => isProven(object, { source, found, signal }),
            signal,
          })
        : undefined,
    );
  }

  override async head(key: string): Promise<ObjectInfo | undefined> {
    segmentsOf(key);
    return headS3Object(this.connection, key);
  }

  override get(key: string, signal?: AbortSignal, into?: Buffer): AsyncIterable<Uint8Array> {
    return readS3Object(this.connection, key, signal, into);
  }

  override async *list(prefix: string, signal?: AbortSignal): AsyncIterable<ObjectInfo> {
    checkPrefix(prefix);
    yield* listS3Objects(this.connection, prefix, signal);
  }

  override async remove(key: string): Promise<void> {
    segmentsOf(key);
    await removeS3Object(this.connection, key);
  }

  override async inspect(prefix: string, signal?: AbortSignal): Promise<readonly ProbeFinding[]> {
    return inspectS3(this.connection, prefix, signal);
  }
}
