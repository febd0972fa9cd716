import { CATALOGUE, CodedError, type ErrorCode } from '#libs/kernel';
import type { CliConfig } from '../cli.config.js';
import type { components } from './schema.js';

const TIMEOUT_MS = 60_000;

type Schemas = components['schemas'];
export type Run = Schemas['Run'];
export type Status = Schemas['BackupStatus'];
export type Settings = Schemas['BackupSettings'];
export type Release = Schemas['Release'];
export type Decision = Schemas['Decision'];
export type Reanchor = Schemas['Reanchor'];
/** Of type "backup" a target. */
export type Configuration = Schemas['Configuration'];
export type TargetCheck = Schemas['TargetCheck'];
export type Delivery = Schemas['Delivery'];
export type Health = Schemas['Ready'];
export type ProbeOutcome = Schemas['Probe'];
/** What a check of a node or a target found, in order or not. */
export type Check = ProbeOutcome['findings'][number];
/** Something that is wrong. */
export type Finding = Schemas['Finding'];
export type Resource = Readonly<{ _id: string }>;

type Problem = Readonly<{ code?: unknown; detail?: unknown; correlation_id?: unknown }>;

/** The service's REST interface. Every failure is coded: its own, or SERVICE_UNREACHABLE. */
export class ApiClient {
  constructor(private readonly config: CliConfig) {}

  get url(): string {
    return this.config.url;
  }

  get hasKey(): boolean {
    return this.config.token !== undefined;
  }

  /** The JSON at a path under /api/v1. */
  async get(path: string): Promise<unknown> {
    return this.request('GET', path);
  }

  /** Sends a request to a path under /api/v1 and returns the JSON of the answer. `timeoutMs` bounds the wait. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    options: Readonly<{ timeoutMs?: number }> = {},
  ): Promise<unknown> {
    return this.send(method, `${this.url}/api/v1${path}`, body, options.timeoutMs ?? TIMEOUT_MS);
  }

  /** The JSON at a path at the root, as of the health checks; an answer of "unavailable" is one too. */
  async getAtRoot(path: string): Promise<unknown> {
    return this.send('GET', `${this.url}${path}`, undefined, TIMEOUT_MS);
  }

  /** The text at a path under /api/v1, byte for byte. */
  async text(path: string): Promise<string> {
    const { response, text } = await this.fetch('GET', `${this.url}/api/v1${path}`, undefined, TIMEOUT_MS);
    if (!response.ok) throw this.failureOf(response, text);
    return text;
  }

  private async send(method: string, url: string, body: unknown, timeoutMs: number): Promise<unknown> {
    const { response, text } = await this.fetch(method, url, body, timeoutMs);
    if (!response.ok) throw this.failureOf(response, text);
    return text === '' ? undefined : this.parse(text);
  }

  private async fetch(
    method: string,
    url: string,
    body: unknown,
    timeoutMs: number,
  ): Promise<Readonly<{ response: Response; text: string }>> {
    const { token } = this.config;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { response, text: await response.text() };
    } catch (error) {
      throw new CodedError('SERVICE_UNREACHABLE', `${this.url} ${reasonOf(error, timeoutMs)}.`, {
        cause: error,
      });
    }
  }

  private parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new CodedError('SERVICE_UNREACHABLE', `The server at ${this.url} is not Chainkeep.`, {
        cause: error,
      });
    }
  }

  private failureOf({ status }: Response, text: string): CodedError {
    const problem = this.parse(text) as Problem | null;
    const { code, detail, correlation_id: id } = problem ?? {};
    if (typeof code !== 'string')
      return new CodedError(
        'SERVICE_UNREACHABLE',
        `The server at ${this.url} is not Chainkeep (HTTP ${status}).`,
      );
    const message = typeof detail === 'string' ? detail : `The service answered ${status}.`;
    const known: ErrorCode = code in CATALOGUE ? (code as ErrorCode) : 'INTERNAL';
    const isOurs = known !== 'INTERNAL';
    return new CodedError(known, isOurs ? message : `${message} (${code}, correlation id ${String(id)})`);
  }
}

const reasonOf = (error: unknown, timeoutMs: number): string => {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `did not answer within ${timeoutMs / 1_000} s`;
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return typeof cause?.code === 'string' ? `is not answering (${cause.code})` : 'is not answering';
};
