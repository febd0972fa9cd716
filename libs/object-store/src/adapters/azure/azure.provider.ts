import type { BucketLocation } from '../../bucket-location.js';
import type { Provider } from '../../provider.js';
import type { ProviderOptions } from '../provider-options.js';
import { AZURE_SETTINGS, parseAzureSettings, publicEndpointOf } from './azure-settings.js';
import { AzureObjectStore } from './azure.object-store.js';

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
  open: (location: BucketLocation) => new AzureObjectStore(parseAzureSettings(location, options)),
});
