import { constants, type BigIntStats } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError, isCodedError, type ErrorCode } from '#libs/kernel';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'TARGET_FULL',
  EDQUOT: 'TARGET_FULL',
  EACCES: 'TARGET_DENIED',
  EPERM: 'TARGET_DENIED',
  EROFS: 'TARGET_DENIED',
  EEXIST: 'TARGET_OBJECT_DIFFERS',
  EISDIR: 'TARGET_OBJECT_DIFFERS',
  ENOTDIR: 'TARGET_OBJECT_DIFFERS',
  ELOOP: 'TARGET_OBJECT_DIFFERS',
  ENAMETOOLONG: 'INPUT_INVALID',
};

/** The system's own code of an error (`ENOENT`), `undefined` when it has none. */
export const systemCode = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};

/** Runs one step on the file system and codes its failure, naming the step and where it was taken. */
export const onDisk = async <T>(step: string, where: string, action: () => Promise<T>): Promise<T> => {
  try {
    return await action();
  } catch (error) {
    if (isCodedError(error)) throw error;
    const code = systemCode(error);
    throw new CodedError(
      CODES[code ?? ''] ?? 'TARGET_UNAVAILABLE',
      `Could not ${step} (${code ?? 'no system code'}).`,
      { context: { where, systemCode: code }, cause: error },
    );
  }
};

/** `lstat`, or `undefined` when nothing is there. */
export const statOrNothing = async (path: string): Promise<BigIntStats | undefined> => {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
};

/** Makes the entries of a directory durable. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Creates a directory and its parents and makes each new entry durable. */
export const makeDirectory = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  const above = dirname(first);
  for (let made = path; made !== above && made.length > above.length; made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
};
