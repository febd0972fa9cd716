import type { Provider } from '../provider.js';
import { azureProvider } from './azure/azure.provider.js';
import { directoryProvider } from './directory/directory.provider.js';
import { s3Providers } from './s3/s3.provider.js';

export type ProviderOptions = Readonly<{
  /** Do ordinary S3 requests go without the layers of the SDK (ADR 53)? They do when it is left out. */
  isS3Direct?: boolean;
}>;

/** The providers of this version, in the order in which they are offered. A new one is added here and nowhere else. */
export const builtInProviders = ({ isS3Direct = true }: ProviderOptions): readonly Provider[] => [
  directoryProvider,
  ...s3Providers(isS3Direct),
  azureProvider,
];

export const BUILT_IN_PROVIDERS = builtInProviders({});
