import { CATALOGUE, CodedError, type ErrorCode } from '#libs/kernel';
import { NetworkApi, type Json } from '#libs/network-file';

const REQUEST_TIMEOUT_MS = 60_000;
const STATUS_ERROR = 400;

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && code in CATALOGUE;

/** The error an answer holds, as the API meant it. */
const errorOf = (what: string, body: unknown): CodedError => {
  const { code, detail } = (body ?? {}) as Readonly<{ code?: unknown; detail?: unknown }>;
  const said = typeof detail === 'string' ? detail : 'The service sent an answer that is not JSON.';
  return new CodedError(isErrorCode(code) ? code : 'INTERNAL', `${what}: ${said}`);
};

/** The own API over HTTP, as every other client speaks to it. */
export class HttpNetworkApi extends NetworkApi {
  constructor(private readonly to: Readonly<{ url: string; key: string }>) {
    super();
  }

  override get(path: string): Promise<unknown> {
    return this.request('GET', path);
  }
  override post(path: string, body: Json): Promise<unknown> {
    return this.request('POST', path, body);
  }
  override patch(path: string, body: Json): Promise<unknown> {
    return this.request('PATCH', path, body);
  }
  override put(path: string, body: Json): Promise<unknown> {
    return this.request('PUT', path, body);
  }
  override delete(path: string): Promise<unknown> {
    return this.request('DELETE', path);
  }

  private async request(method: string, path: string, body?: Json): Promise<unknown> {
    const { url, key } = this.to;
    const response = await fetch(`${url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const answer = await response.json().catch(() => undefined);
    if (response.status >= STATUS_ERROR) throw errorOf(`${method} ${path}`, answer);
    return answer;
  }
}
