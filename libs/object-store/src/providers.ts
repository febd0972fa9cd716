import { CodedError, isSecretName } from '#libs/kernel';
import { describeProvider, type Provider, type ProviderDescription } from './provider.js';

/** The providers of an installation, by name. */
export class Providers {
  readonly descriptions: readonly ProviderDescription[];
  private readonly byName: ReadonlyMap<string, Provider>;

  /** Throws CONFIG_INVALID when two have one name, or a log would show the secret of one. */
  constructor(providers: readonly Provider[]) {
    this.byName = new Map(providers.map((provider) => [provider.name, provider]));
    this.descriptions = providers.map(describeProvider);
    if (this.byName.size < providers.length)
      throw new CodedError('CONFIG_INVALID', 'Two providers have the same name.');
    this.descriptions.forEach(assertRedacted);
  }

  /** Throws TARGET_PROVIDER_UNSUPPORTED, naming those there are. */
  get(name: string): Provider {
    const provider = this.byName.get(name);
    if (provider !== undefined) return provider;
    const known = [...this.byName.keys()].join(', ');
    throw new CodedError(
      'TARGET_PROVIDER_UNSUPPORTED',
      `Provider "${name}" is not supported. Use one of: ${known}.`,
      { context: { provider: name } },
    );
  }

  /** As `get`, as plain data. */
  describe(name: string): ProviderDescription {
    return describeProvider(this.get(name));
  }
}

const assertRedacted = ({ name, details }: ProviderDescription): void => {
  const shown = details.find((each) => each.secret && !isSecretName(each.name));
  if (shown === undefined) return;
  throw new CodedError(
    'CONFIG_INVALID',
    `Logs would show "${shown.name}" of provider ${name}. Give it a name that isSecretName knows, such as ${shown.name}_secret.`,
  );
};
