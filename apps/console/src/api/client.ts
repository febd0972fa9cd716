import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

type Schemas = components['schemas'];
export type Identity = Schemas['Identity'];
export type Consortium = Schemas['Consortium'];
export type Environment = Schemas['Environment'];
export type Membership = Schemas['Membership'];
export type Key = Schemas['Key'];
export type IssuedKey = Schemas['IssuedKey'];
export type NodeResource = Schemas['Node'];
export type Configuration = Schemas['Configuration'];
export type Provider = Schemas['Provider'];
export type Settings = Schemas['BackupSettings'];
export type Status = Schemas['BackupStatus'];
export type Run = Schemas['Run'];
export type Coverage = Schemas['Coverage'];
export type BackupFile = Schemas['BackupFile'];
/** What a check of a node or a target found, in order or not. */
export type Check = NonNullable<Configuration['checked']>['findings'][number];
/** Something that is wrong. */
export type Finding = Status['findings'][number];

type ProblemBody = Partial<Schemas['Problem']>;

/** An answer of the service that says what went wrong and what to do about it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly hint: string;
  readonly correlationId: string | undefined;

  constructor(
    readonly status: number,
    body: ProblemBody,
  ) {
    super(body.detail ?? `The service answered ${status}.`);
    this.code = body.code ?? 'UNKNOWN';
    this.hint = body.hint ?? 'Try again. If it keeps failing, check the log of the service.';
    this.correlationId = body.correlation_id;
  }
}

const unreachable = (): Problem =>
  new Problem(0, {
    code: 'SERVICE_UNREACHABLE',
    detail: 'The service is not answering.',
    hint: 'Check that the service is running and reachable from this machine. This page retries automatically.',
  });

const KEY_ITEM = 'chainkeep.key';

/** The key lives as long as the browser's tab; it is never written into the page. */
export const keyStore = {
  get: (): string | null => sessionStorage.getItem(KEY_ITEM),
  set: (key: string): void => {
    sessionStorage.setItem(KEY_ITEM, key);
  },
  clear: (): void => {
    sessionStorage.removeItem(KEY_ITEM);
  },
};

export const authorization = (): Record<string, string> => {
  const key = keyStore.get();
  return key === null ? {} : { authorization: `Bearer ${key}` };
};

/** The service, typed by its OpenAPI document. */
export const api = createClient<paths>({ baseUrl: '' });
api.use({
  onRequest: ({ request }) => {
    for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
    return request;
  },
  onError: () => unreachable(),
});

type Answer<Data> = Readonly<{ data?: Data; error?: unknown; response: Response }>;

/** The body of a success; a `Problem` is thrown for everything else. */
export const unwrap = async <Data>(asked: Promise<Answer<Data>>): Promise<Data> => {
  const { data, error, response } = await asked;
  if (response.ok) return data as Data;
  throw new Problem(response.status, typeof error === 'object' && error !== null ? error : {});
};

export const asProblem = (error: unknown): Problem =>
  error instanceof Problem
    ? error
    : new Problem(0, { code: 'PAGE_FAILED', detail: String(error), hint: 'Reload the page.' });
