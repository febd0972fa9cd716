import type { ObjectInfo, PutCondition } from '../object-store.js';

/** An ETag without its quotes. */
export const bare = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

/** Does a condition hold for what is under the key? */
export const holds = (condition: PutCondition, standing: ObjectInfo | undefined): boolean => {
  if (condition === 'always') return true;
  return condition === 'if-absent' ? standing === undefined : standing?.etag === condition.ifMatch;
};
