import { CodedError, hasCode } from '#libs/kernel';
import type { ProviderDescription } from '#libs/object-store';
import type { ApiClient } from './api-client.js';

/**
 * The kinds of places a target can be, as the service knows them. Throws SERVICE_OUTDATED when the service does not list
 * them, as version 0.1 does not.
 */
export const providersOf = async (api: ApiClient): Promise<readonly ProviderDescription[]> => {
  try {
    return (await api.get('/providers')) as readonly ProviderDescription[];
  } catch (error) {
    if (!hasCode(error, 'RESOURCE_NOT_FOUND')) throw error;
    const message = `The service at ${api.url} is older than this command line: it does not list its storage providers.`;
    throw new CodedError('SERVICE_OUTDATED', message, { cause: error });
  }
};
