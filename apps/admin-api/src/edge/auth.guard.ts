import { SetMetadata, type CanActivate, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import { CodedError } from '#libs/kernel';
import type { OutageGate } from '#libs/runtime';
import type { AdminApiOptions } from '../admin-api.options.js';
import type { KeyRing } from './key-ring.js';
import type { MemberShares } from './member-shares.js';
import type { RateLimiter } from './rate-limiter.js';
import {
  EVERY_CONSORTIUM,
  headerOf,
  type ApiRequest,
  type ApiResponse,
  type Caller,
  type Principal,
} from './request.js';

const NO_KEY_NEEDED = 'chainkeep:no-key-needed';
const NO_KEY_READ = 'chainkeep:no-key-read';
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** Marks a route that answers without a key: it says nothing of the installation. */
export const NoKeyNeeded = (): CustomDecorator => SetMetadata(NO_KEY_NEEDED, true);

/** Marks a route that answers whatever the stores do: a key is not even looked up. */
export const NoKeyRead = (): CustomDecorator => SetMetadata(NO_KEY_READ, true);

const OPEN_DEMO: Principal = {
  role: 'operator',
  memberId: undefined,
  consortiumId: EVERY_CONSORTIUM,
  actor: 'open-demo',
};

const bearerOf = (request: ApiRequest): string | undefined => {
  const [scheme, key, ...rest] = (headerOf(request, 'authorization') ?? '').trim().split(/\s+/);
  return scheme?.toLowerCase() === 'bearer' && rest.length === 0 ? key : undefined;
};

const revisionOf = (ifMatch: string | undefined): bigint | undefined => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const digits = /^\s*(?:W\/)?"(\d{1,18})"\s*$/.exec(ifMatch)?.[1];
  if (digits !== undefined) return BigInt(digits);
  throw new CodedError('PRECONDITION_FAILED', 'If-Match does not contain an ETag of this service.');
};

/** A page of another site must not reach the open demo through the user's browser. */
const isLocal = (request: ApiRequest): boolean => {
  const host = headerOf(request, 'host') ?? '';
  const origin = headerOf(request, 'origin');
  const sameOrigin = origin === undefined || origin === `http://${host}`;
  return LOOPBACK.has(request.socket.remoteAddress ?? '') && LOOPBACK_HOST.test(host) && sameOrigin;
};

const goneBefore = (response: ApiResponse): AbortSignal => {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) gone.abort();
  });
  return gone.signal;
};

/** Every request needs a key, but for the open demo and the few routes that say nothing. */
export class AuthGuard implements CanActivate {
  constructor(
    private readonly keys: KeyRing,
    private readonly options: AdminApiOptions,
    private readonly by: Readonly<{
      limiter: RateLimiter;
      shares: MemberShares;
      gate: Pick<OutageGate, 'blocked'>;
    }>,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ApiRequest>();
    if (Reflect.getMetadata(NO_KEY_READ, context.getHandler()) === true) return true;
    const response = context.switchToHttp().getResponse<ApiResponse>();
    const needless = Reflect.getMetadata(NO_KEY_NEEDED, context.getHandler()) === true;
    const principal = await this.principal(request, needless);
    this.limit(principal?.actor ?? `ip:${request.socket.remoteAddress ?? ''}`);
    if (principal === undefined) {
      if (needless) return true;
      throw new CodedError('AUTH_REQUIRED', 'This request needs a key.');
    }
    if (principal.memberId !== undefined) this.by.shares.take(principal.memberId, request, response);
    const caller: Caller = {
      principal,
      correlationId: request.correlationId ?? '',
      ifMatch: revisionOf(headerOf(request, 'if-match')),
      idempotencyKey: headerOf(request, 'idempotency-key'),
      gone: goneBefore(response),
    };
    request.caller = caller;
    return true;
  }

  private async principal(request: ApiRequest, needless: boolean): Promise<Principal | undefined> {
    const key = bearerOf(request);
    // Such a route says soon that the stores are away; nobody's key can be looked up then.
    const isAsked = key !== undefined && !(needless && (await this.by.gate.blocked()) !== undefined);
    const found = isAsked ? await this.keys.find(key) : undefined;
    if (found) return found;
    if (this.options.open && isLocal(request)) return OPEN_DEMO;
    if (key === undefined || needless) return undefined;
    this.limit(`ip:${request.socket.remoteAddress ?? ''}`);
    throw new CodedError('AUTH_INVALID', 'The key is unknown or was revoked.');
  }

  private limit(client: string): void {
    if (!this.by.limiter.take(client)) throw new CodedError('RATE_LIMITED', 'Too many requests.');
  }
}
