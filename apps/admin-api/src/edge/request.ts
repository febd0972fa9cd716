import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Role } from '#libs/domain';

/** Consortium of an operator: all of them. */
export const EVERY_CONSORTIUM = '*';

/** Who asks, as its key says. */
export type Principal = Readonly<{
  role: Role;
  memberId: string | undefined;
  consortiumId: string;
  /** Stands in the metadata of every event that follows. */
  actor: string;
  /** Where the key is; the open demo has none. */
  key?: Readonly<{ memberId: string; hash: string }>;
}>;

/** A request as handlers see it: who, under which correlation id, on which conditions. */
export type Caller = Readonly<{
  principal: Principal;
  correlationId: string;
  /** Revision that If-Match names. */
  ifMatch?: bigint | undefined;
  idempotencyKey?: string | undefined;
  /** Aborts when the client goes before it has its answer. */
  gone?: AbortSignal;
}>;

/** What is used of express, so that its types need not be installed. */
export type ApiRequest = {
  readonly method: string;
  url: string;
  readonly originalUrl: string;
  readonly ip?: string;
  readonly socket: { readonly remoteAddress?: string };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly on: (event: 'close', listener: () => void) => unknown;
  correlationId?: string;
  /** Of the body, when it is JSON. */
  bodyBytes?: number;
  caller?: Caller;
};

export type ApiResponse = {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly status: (code: number) => ApiResponse;
  readonly setHeader: (name: string, value: string) => unknown;
  readonly removeHeader: (name: string) => unknown;
  readonly json: (body: unknown) => unknown;
  readonly send: (body: string) => unknown;
  readonly write: (chunk: string) => boolean;
  readonly end: (body?: Uint8Array) => unknown;
  readonly once: (event: 'drain' | 'close', listener: () => void) => unknown;
  readonly flushHeaders: () => void;
};

/** One value of a header; the first when it came several times. */
export const headerOf = (request: ApiRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** The caller that the guard found; `undefined` on routes that need none. */
export const From = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<ApiRequest>().caller,
);
