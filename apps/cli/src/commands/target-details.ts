import type { ProviderDescription, ProviderDetail } from '#libs/object-store';
import { nearestName } from '#libs/kernel';
import type { Env } from '../cli.config.js';
import { UsageProblem } from '../exit.js';
import { table } from '../terminal/table.js';

const ADVICE = 'Example: --set bucket=bank-a-chain --secret secret_access_key=BANK_A_SECRET.';

const split = (pair: string): readonly [name: string, value: string] => {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageProblem(`"${pair}" is not name=value.`, ADVICE);
  return [pair.slice(0, at), pair.slice(at + 1)];
};

const WORDS: Readonly<Record<string, boolean>> = { true: true, false: false };

const jsonOf = (name: string, value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    throw new UsageProblem(`${name} must be JSON.`, `Such as --set '${name}={"team":"ledger"}'.`);
  }
};

/** A value in the type that the provider declares. */
const valueOf = (name: string, value: string, type: ProviderDetail['type'] | undefined): unknown => {
  if (type === undefined) return WORDS[value] ?? value;
  if (type === 'texts' || type === 'object') return jsonOf(name, value);
  if (type === 'integer' && /^-?\d+$/.test(value)) return Number(value);
  return type === 'boolean' ? (WORDS[value] ?? value) : value;
};

/** What every target has beside the details of its provider. */
const COMMON = ['max_transfers', 'max_bytes_per_second'];

const assertKnown = (name: string, names: readonly string[], provider: string): void => {
  // An unknown provider is refused by the service, which names those there are.
  if (names.length === COMMON.length || names.includes(name)) return;
  const nearest = nearestName(name, names);
  throw new UsageProblem(
    `Provider ${provider} has no setting "${name}".`,
    nearest === undefined ? 'See chainkeep target providers.' : `Did you mean ${nearest}?`,
  );
};

/**
 * `details` of a configuration from options. Secrets come from environment variables, so that no list of processes
 * and no shell history holds them.
 */
export const detailsOf = (
  options: Readonly<{ provider: string; set: readonly string[]; secret: readonly string[]; enable: boolean }>,
  env: Env,
  providers: readonly ProviderDescription[],
): Record<string, unknown> => {
  const details = providers.find(({ name }) => name === options.provider)?.details ?? [];
  const names = [...details.flatMap(({ name, aliases }) => [name, ...aliases]), ...COMMON];
  for (const [name] of [...options.set, ...options.secret].map(split))
    assertKnown(name, names, options.provider);
  const plain = options.set.map(split).map(([name, value]) => {
    const detail = details.find((each) => each.name === name || each.aliases.includes(name));
    return [name, valueOf(name, value, detail?.type)] as const;
  });
  const secret = options.secret.map(split).map(([name, variable]) => {
    const value = env[variable];
    if (value === undefined || value === '')
      throw new UsageProblem(`The environment variable ${variable} is not set.`, ADVICE);
    return [name, value] as const;
  });
  return {
    ...Object.fromEntries([...plain, ...secret]),
    provider: options.provider,
    environment_backup_target: options.enable,
  };
};

const notesOf = ({ required, secret, choices, type }: ProviderDetail): string =>
  [required && 'required', secret && 'secret', choices?.join(' | ') ?? (type !== 'text' && type)]
    .filter((note) => typeof note === 'string')
    .join(', ');

/** Every provider with its details, for a person who has to name them. */
export const providersText = (providers: readonly ProviderDescription[]): string =>
  providers
    .map(({ name, label, access, details }) => {
      const who = access === 'operator' ? ' (operators only)' : '';
      const rows = details.map((detail) => [
        detail.name,
        notesOf(detail),
        [detail.label, detail.hint].filter(Boolean).join('. '),
      ]);
      return `${name}: ${label}${who}\n${table(['detail', 'notes', 'meaning'], rows)}`;
    })
    .join('\n\n');
