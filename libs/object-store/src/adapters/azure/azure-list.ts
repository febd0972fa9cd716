import { checkPrefix, compareKeys } from '../../key.js';
import type { ObjectInfo } from '../../object-store.js';
import { bare } from '../conditions.js';
import type { AzureConnection } from './azure-connection.js';

/**
 * The objects below a prefix. Azure orders names by UTF-16, so each page is put in the order of UTF-8; names beyond
 * the basic plane (none of ours) could be out of order where one page ends and the next begins.
 */
export async function* listAzure(
  connection: AzureConnection,
  prefix: string,
  signal?: AbortSignal,
): AsyncGenerator<ObjectInfo> {
  checkPrefix(prefix);
  const fullPrefix = connection.fullKey(prefix);
  let continuationToken: string | undefined;
  do {
    const from = continuationToken === undefined ? {} : { continuationToken };
    const page = await connection.ask(
      async (container, abortSignal) => {
        const found = await container.listBlobsFlat({ prefix: fullPrefix, abortSignal }).byPage(from).next();
        return found.done === true ? undefined : found.value;
      },
      { permission: 'blobs/list' },
      signal,
    );
    if (page === undefined) return;
    const objects = page.segment.blobItems.map(({ name, properties }) => ({
      key: connection.keyOf(name),
      bytes: properties.contentLength ?? 0,
      etag: bare(properties.etag),
    }));
    yield* objects.sort((a, b) => compareKeys(a.key, b.key));
    continuationToken = page.continuationToken === '' ? undefined : page.continuationToken;
  } while (continuationToken !== undefined);
}
