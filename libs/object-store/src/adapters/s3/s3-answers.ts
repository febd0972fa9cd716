import { hasCode, isCodedError } from '#libs/kernel';
import type { ObjectInfo, PutCondition } from '../../object-store.js';
import { bare } from '../conditions.js';
import { reportedChecksum, type ReportedChecksums } from './s3-checksum.js';
import { statusOf } from './s3-errors.js';

export const infoOf = (
  key: string,
  bytes: number,
  answer: ReportedChecksums & Readonly<{ ETag?: string | undefined }>,
): ObjectInfo => {
  const checksum = reportedChecksum(answer);
  return { key, bytes, etag: bare(answer.ETag), ...(checksum === undefined ? {} : { checksum }) };
};

export const conditionFields = (
  condition: PutCondition,
): Readonly<{ IfNoneMatch?: string; IfMatch?: string }> => {
  if (condition === 'always') return {};
  return condition === 'if-absent' ? { IfNoneMatch: '*' } : { IfMatch: `"${condition.ifMatch}"` };
};

/** 412: the condition failed; 409: another write of the key won at the same moment; 404 to If-Match: nothing is there. */
export const isRefusal = (error: unknown, condition: PutCondition): boolean => {
  if (condition === 'always' || hasCode(error, 'TARGET_PLACE_MISSING')) return false;
  const status = statusOf(error);
  return status === 412 || status === 409 || (status === 404 && condition !== 'if-absent');
};

export const wasRepeated = (error: unknown): boolean => {
  const attempts = isCodedError(error) ? error.context['attempts'] : undefined;
  return typeof attempts === 'number' && attempts > 1;
};
