import type { ProviderDescription } from '#libs/object-store';
import type { ApiClient } from './api-client.js';

/** The kinds of places a target can be, as the service knows them. */
export const providersOf = async (api: ApiClient): Promise<readonly ProviderDescription[]> =>
  (await api.get('/providers')) as readonly ProviderDescription[];
