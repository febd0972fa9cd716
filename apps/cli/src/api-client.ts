import { request } from 'undici';
import { CATALOGUE, CodedError, type ErrorCode } from '#libs/kernel';
import { NetworkApi, type Json } from '#libs/network-file';

const TIMEOUT_MS = 120_000;
const ERROR_MIN = 400;

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(CATALOGUE, code);

const parse = (text: string): unknown => {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return text;
  }
};

const problemOf = (status: number, answer: unknown): CodedError => {
  const problem = (typeof answer === 'object' && answer !== null ? answer : {}) as Json;
  const detail =
    typeof problem['detail'] === 'string' ? problem['detail'] : `The service answered ${status}.`;
  return new CodedError(isCode(problem['code']) ? problem['code'] : 'INTERNAL', detail, {
    context: { status },
  });
};

/** The service over HTTP. Throws SERVICE_UNREACHABLE, or the error the service answered. */
export class ApiClient extends NetworkApi {
  constructor(
    readonly url: string,
    private readonly token: string | undefined,
  ) {
    super();
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
      throw new CodedError('INPUT_INVALID', 'CHAINKEEP_URL is no http(s) URL.');
  }

  get = (path: string): Promise<unknown> => this.#api('GET', path);
  post = (path: string, body: Json): Promise<unknown> => this.#api('POST', path, body);
  patch = (path: string, body: Json): Promise<unknown> => this.#api('PATCH', path, body);
  put = (path: string, body: Json): Promise<unknown> => this.#api('PUT', path, body);
  delete = (path: string): Promise<unknown> => this.#api('DELETE', path);

  /** An answer whatever its status, of a path from the root (`/readyz`). */
  async raw(method: Method, path: string, body?: Json): Promise<Readonly<{ status: number; body: unknown }>> {
    try {
      const { statusCode, body: answer } = await request(new URL(path, this.url), {
        method,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      return { status: statusCode, body: parse(await answer.text()) };
    } catch (error) {
      throw new CodedError('SERVICE_UNREACHABLE', `The service at ${this.url} could not be reached.`, {
        cause: error,
      });
    }
  }

  async #api(method: Method, path: string, body?: Json): Promise<unknown> {
    const answer = await this.raw(method, `/api/v1/${path}`, body);
    if (answer.status >= ERROR_MIN) throw problemOf(answer.status, answer.body);
    return answer.body;
  }
}
