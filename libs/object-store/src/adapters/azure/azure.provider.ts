import type { BucketLocation } from '../../bucket-location.js';
import { formerDestinationOf } from '../../details.js';
import type { Provider } from '../../provider.js';
import type { ProviderOptions } from '../provider-options.js';
import { AZURE_SETTINGS, fieldOf, parseAzureSettings, publicEndpointOf } from './azure-settings.js';
import { AzureObjectStore } from './azure.object-store.js';

/** 0.1 took no notice of the protocol and the cloud that a connection string names. */
const formerDestination = (location: BucketLocation): string => {
  const { details, secrets } = location;
  const connection = secrets['connection_string'] ?? '';
  const { endpoint } = details;
  const where = typeof endpoint === 'string' ? endpoint : (fieldOf(connection, 'BlobEndpoint') ?? 'azure');
  const account = details['storage_account'] ?? fieldOf(connection, 'AccountName');
  return formerDestinationOf(['azure', where.replace(/\/+$/, ''), account, details['container']], location);
};

export const azureProvider = (options: ProviderOptions): Provider => ({
  name: 'azure',
  label: 'Azure Blob Storage',
  access: 'member',
  settings: AZURE_SETTINGS,
  destination: (location: BucketLocation) => {
    const { endpoint, storage_account: account = '', container, prefix } = parseAzureSettings(location);
    const where = endpoint === publicEndpointOf(account) ? 'azure' : endpoint;
    return ['azure', where, account, container, prefix].join('|');
  },
  formerDestination,
  ownSignIn: (location: BucketLocation) => {
    const { endpoint, container, signIn } = parseAzureSettings(location);
    return signIn.kind === 'identity' ? { bucket: container, endpoint } : undefined;
  },
  space: async (location: BucketLocation) => {
    const { endpoint, container, prefix } = parseAzureSettings(location);
    return { store: ['azure', new URL(endpoint).href, container].join('|'), folder: prefix };
  },
  open: (location: BucketLocation) => new AzureObjectStore(parseAzureSettings(location, options)),
});
