import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '#libs/kernel';
import { KEY_BYTES } from '../seal.js';
import { isSystemError, syncFolder } from './durable-file.js';

const HEX_KEY = /^[0-9a-f]{64}$/i;
const BASE64_KEY = /^[A-Za-z0-9+/_-]{43}=?$/;

const parseKey = (text: string, source: string): Uint8Array => {
  const trimmed = text.trim();
  if (HEX_KEY.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (BASE64_KEY.test(trimmed)) return Buffer.from(trimmed, 'base64');
  throw new CodedError('CONFIG_INVALID', `${source} must be ${KEY_BYTES} bytes as 64 hex digits or base64.`);
};

const readKey = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw new CodedError('CONFIG_INVALID', `The secret key file ${file} can't be read.`, { cause: error });
  }
};

/** Whole or not at all, and never over a key that another process made in the same moment. */
const createKey = async (file: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error;
    });
    await chmod(file, 0o600);
    await syncFolder(dirname(file));
  } finally {
    await rm(draft, { force: true });
  }
};

/**
 * The 32-byte key secrets are sealed under: `env` (the value of CHAINKEEP_SECRET_KEY, 64 hex digits or base64) when
 * given, else the content of `file`, which is created with mode 0600 at the first start. Rejects with CONFIG_INVALID.
 */
export const loadSecretKey = async ({
  env,
  file,
}: Readonly<{ env?: string | undefined; file: string }>): Promise<Uint8Array> => {
  if (env !== undefined && env !== '') return parseKey(env, 'CHAINKEEP_SECRET_KEY');
  if ((await readKey(file)) === undefined) await createKey(file);
  return parseKey((await readKey(file)) ?? '', file);
};
