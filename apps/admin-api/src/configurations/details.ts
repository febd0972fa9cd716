import { canonicalJson, CodedError, isSecretName, nearestName } from '#libs/kernel';
import type { ProviderDescription } from '#libs/object-store';
import { MASK } from '../schemas.js';

export type Details = Readonly<Record<string, unknown>>;
export type SplitDetails = Readonly<{ details: Details; secrets: Readonly<Record<string, string>> }>;

const DEPTH_MAX = 10;

const invalid = (message: string): CodedError => new CodedError('INPUT_INVALID', message);

/** What was sent under names that older clients use, under ours. Throws INPUT_INVALID for a detail that is forbidden. */
const withoutAliases = (sent: Details, { details, forbidden }: ProviderDescription): Details => {
  const ours = new Map(details.flatMap(({ name, aliases }) => aliases.map((alias) => [alias, name])));
  const refused = forbidden.filter(({ name }) => name in sent);
  if (refused.length > 0)
    throw invalid(`${refused.map(({ name, why }) => `details.${name}: ${why}`).join('; ')}.`);
  return Object.fromEntries(Object.entries(sent).map(([name, value]) => [ours.get(name) ?? name, value]));
};

/** What every target has beside the details of its provider. */
const COMMON = ['max_transfers', 'max_bytes_per_second'] as const;

/**
 * A misspelt secret would be kept as plain text. What an older version recorded may be sent back as it is, or removed.
 * Throws INPUT_INVALID.
 */
const assertKnown = (
  sent: Details,
  { details }: ProviderDescription,
  before: SplitDetails | undefined,
): void => {
  const names = [...details.map(({ name }) => name), ...COMMON];
  const isKept = (name: string, value: unknown): boolean => {
    if (value === null || value === undefined) return true;
    const recorded = before?.details[name];
    return (
      (recorded !== undefined && canonicalJson(recorded) === canonicalJson(value)) ||
      (value === MASK && before?.secrets[name] !== undefined)
    );
  };
  const unknown = Object.entries(sent).filter(
    ([name, value]) => !names.includes(name) && !isKept(name, value),
  );
  if (unknown.length === 0) return;
  const faults = unknown.map(([name]) => {
    const nearest = nearestName(name, names);
    return `details.${name}: there is no such detail${nearest === undefined ? '' : `. Did you mean ${nearest}?`}`;
  });
  throw invalid(`${faults.join('; ')}${faults.at(-1)?.endsWith('?') === true ? '' : '.'}`);
};

/**
 * The details after a request: a field that is sent replaces, `null` removes, the mask and silence keep. An empty text
 * removes too, but never a secret: without it the server's own sign-in would be used. Another provider starts from
 * nothing. Throws INPUT_INVALID.
 */
export const mergeDetails = (
  provider: ProviderDescription,
  sent: Details,
  before: SplitDetails | undefined,
): SplitDetails => {
  const details = new Map<string, unknown>(Object.entries(before?.details ?? {}));
  const secrets = new Map<string, string>(Object.entries(before?.secrets ?? {}));
  const declared = new Map(provider.details.map(({ name, secret }) => [name, secret]));
  const isSecret = (name: string): boolean => secrets.has(name) || (declared.get(name) ?? isSecretName(name));
  const named = withoutAliases(sent, provider);
  assertKnown(named, provider, before);
  for (const [name, value] of Object.entries(named)) {
    if (isSecret(name)) setSecret(secrets, name, value);
    else if (value === null || value === undefined || value === '') details.delete(name);
    else details.set(name, value);
  }
  return { details: Object.fromEntries(details), secrets: Object.fromEntries(secrets) };
};

const setSecret = (secrets: Map<string, string>, name: string, value: unknown): void => {
  if (value === MASK) return;
  if (value === null || value === undefined) secrets.delete(name);
  else if (typeof value === 'string' && value !== '') secrets.set(name, value);
  else throw invalid(`details.${name}: must be a text that is not empty. Send null to remove it.`);
};

/** Details as they are answered: every secret there is, masked. */
export const maskedDetails = ({ details, secrets }: SplitDetails): Details => ({
  ...details,
  ...Object.fromEntries(Object.keys(secrets).map((name) => [name, MASK])),
});

/**
 * Takes what looks like a secret out of details of any shape and leaves the mask in its place. A mask that is sent
 * keeps the secret that was at the same path before.
 */
export const sealForeign = (sent: Details, before: Readonly<Record<string, string>>): SplitDetails => {
  const secrets: Record<string, string> = {};
  const take = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value !== 'string' || value === '') return value;
    const field = path.join('.');
    const known = value === MASK ? before[field] : undefined;
    if (known === undefined && !isSecretName(path.at(-1) ?? '')) return value;
    const secret = value === MASK ? known : value;
    if (secret !== undefined) secrets[field] = secret;
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
