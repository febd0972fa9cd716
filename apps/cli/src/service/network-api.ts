import { NetworkApi } from '#libs/network-file';
import type { ApiClient } from './api-client.js';

/** The API as the network file speaks to it. */
export class ServiceNetworkApi extends NetworkApi {
  constructor(private readonly api: ApiClient) {
    super();
  }

  override get(path: string): Promise<unknown> {
    return this.api.get(`/${path}`);
  }

  override post(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.api.request('POST', `/${path}`, body);
  }

  override patch(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.api.request('PATCH', `/${path}`, body);
  }

  override put(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.api.request('PUT', `/${path}`, body);
  }

  override delete(path: string): Promise<unknown> {
    return this.api.request('DELETE', `/${path}`);
  }
}
