import type { Provider } from '../provider.js';
import { azureProvider } from './azure/azure.provider.js';
import { directoryProvider } from './directory/directory.provider.js';
import type { ProviderOptions } from './provider-options.js';
import { s3Providers } from './s3/s3.provider.js';

/** The providers of this version, in the order in which they are offered. A new one is added here and nowhere else. */
export const builtInProviders = (options: ProviderOptions): readonly Provider[] => [
  directoryProvider,
  ...s3Providers(options),
  azureProvider(options),
];

export const BUILT_IN_PROVIDERS = builtInProviders({});
