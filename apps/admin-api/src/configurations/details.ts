import { isAbsolute } from 'node:path';
import { CodedError } from '#libs/kernel';
import type { TargetProvider } from '#libs/domain';
import { MASK } from '../schemas.js';

export type Details = Readonly<Record<string, unknown>>;
export type SplitDetails = Readonly<{ details: Details; secrets: Readonly<Record<string, string>> }>;

/** Names of secrets in the details of a target, and what looks like one. */
const SECRET_NAME =
  /^(secret_access_key|session_token|access_key|sas|connection_string|account_key|sse_customer_key)$|pass(word|phrase)?$|secret$|token$|private_?key|client_?secret/i;
/** What looks like a secret in a configuration that is not ours. */
const FOREIGN_SECRET =
  /pass(word|phrase)?$|secret|token|authorization|credential|private.?key|access.?key$|api.?key|connection.?string|^(sas|jwt|pfx|key)$/i;
const ALIASES: Readonly<Record<string, string>> = {
  storageAccount: 'storage_account',
  accessKey: 'access_key',
  user_id: 'access_key_id',
  user_secret: 'secret_access_key',
  sessionToken: 'session_token',
};
const DEPTH_MAX = 10;

const invalid = (message: string): CodedError => new CodedError('INPUT_INVALID', message);

/** The names older clients use, under ours. */
export const withoutAliases = (details: Details): Details =>
  Object.fromEntries(Object.entries(details).map(([name, value]) => [ALIASES[name] ?? name, value]));

/**
 * The details after a request: a field that is sent replaces, `null` removes, the mask and silence keep. Another
 * provider starts from nothing.
 */
export const mergeDetails = (sent: Details, before: SplitDetails, moved: boolean): SplitDetails => {
  const details = new Map<string, unknown>(moved ? [] : Object.entries(before.details));
  const secrets = new Map<string, string>(moved ? [] : Object.entries(before.secrets));
  for (const [name, value] of Object.entries(withoutAliases(sent))) {
    const empty = value === null || value === undefined || value === '';
    if (SECRET_NAME.test(name)) setSecret(secrets, name, value);
    else if (empty) details.delete(name);
    else details.set(name, value);
  }
  return { details: Object.fromEntries(details), secrets: Object.fromEntries(secrets) };
};

const setSecret = (secrets: Map<string, string>, name: string, value: unknown): void => {
  if (value === MASK) return;
  secrets.delete(name);
  if (typeof value === 'string' && value !== '') secrets.set(name, value);
};

const textAt = (details: Details, name: string): string | undefined => {
  const value = details[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw invalid(`details.${name}: a text is expected.`);
  return value;
};

const required = (details: Details, names: readonly string[]): void => {
  const missing = names.filter((name) => textAt(details, name) === undefined);
  if (missing.length > 0)
    throw invalid(missing.map((name) => `details.${name}: is missing`).join('; ') + '.');
};

const prefixOf = (details: Details): string => (textAt(details, 'prefix') ?? '').replace(/^\/+|\/+$/g, '');

const accountOf = ({ details, secrets }: SplitDetails): string => {
  const named = /AccountName=([^;]+)/i.exec(secrets['connection_string'] ?? '')?.[1];
  const account = textAt(details, 'storage_account') ?? named;
  if (account === undefined) throw invalid('details.storage_account: is missing.');
  return account;
};

/** Where the account is served from, when that is not Azure itself. */
const azureEndpoint = ({ details, secrets }: SplitDetails): string => {
  const named = /BlobEndpoint=([^;]+)/i.exec(secrets['connection_string'] ?? '')?.[1];
  return (textAt(details, 'endpoint') ?? named ?? 'azure').replace(/\/+$/, '');
};

const s3Destination = (provider: string, { details }: SplitDetails): string => {
  required(details, provider === 's3' ? ['bucket', 'endpoint'] : ['bucket']);
  return ['s3', textAt(details, 'endpoint') ?? 'aws', textAt(details, 'bucket'), prefixOf(details)].join('|');
};

/**
 * The place itself: the ledger of what is there belongs to it, so it changes only when the place does. Refuses with
 * INPUT_INVALID what cannot be a place; addresses are judged when it is opened.
 */
export const destinationOf = (provider: TargetProvider, split: SplitDetails): string => {
  const { details } = split;
  switch (provider) {
    case 'aws':
    case 's3':
      return s3Destination(provider, split);
    case 'azure':
      required(details, ['container']);
      return [
        'azure',
        azureEndpoint(split),
        accountOf(split),
        textAt(details, 'container'),
        prefixOf(details),
      ].join('|');
    case 'directory': {
      required(details, ['path']);
      const path = textAt(details, 'path') ?? '';
      if (!isAbsolute(path)) throw invalid('details.path: an absolute path is expected.');
      return `directory|${path.replace(/\/+$/, '')}`;
    }
  }
};

/** Details as they are answered: every secret there is, masked. */
export const maskedDetails = ({ details, secrets }: SplitDetails): Details => ({
  ...details,
  ...Object.fromEntries(Object.keys(secrets).map((name) => [name, MASK])),
});

/**
 * Takes what looks like a secret out of details of any shape: the mask stays in its place. A mask that comes in
 * stands for the secret that was at the same path before.
 */
export const sealForeign = (sent: Details, before: Readonly<Record<string, string>>): SplitDetails => {
  const secrets: Record<string, string> = {};
  const take = (value: unknown, path: readonly string[]): unknown => {
    const isSecret = typeof value === 'string' && value !== '' && FOREIGN_SECRET.test(path.at(-1) ?? '');
    if (!isSecret) return value;
    const place = path.join('.');
    const secret = value === MASK ? before[place] : value;
    if (secret !== undefined) secrets[place] = secret;
    return MASK;
  };
  const walk = (value: unknown, path: readonly string[]): unknown => {
    if (path.length > DEPTH_MAX) throw invalid('details: nested too deeply.');
    if (value === null || typeof value !== 'object') return take(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, String(index)]));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, walk(item, [...path, name])]),
    );
  };
  return { details: walk(sent, []) as Details, secrets };
};
