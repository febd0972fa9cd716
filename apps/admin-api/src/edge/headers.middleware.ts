import { randomUUID } from 'node:crypto';
import type { AdminApiOptions } from '../admin-api.options.js';
import { headerOf, type ApiRequest, type ApiResponse } from './request.js';

const CORRELATION_ID = /^[\w.:-]{1,100}$/;
const NOTHING = "default-src 'none'; frame-ancestors 'none'";
/** The documentation page loads its own files only. */
const DOCS =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";
/** Older clients' short form of the paths, and operations under the same base as the resources. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^(\/api\/v1)\/c(?=\/|\?|$)/, '$1/consortia'],
  [/^(\/api\/v1\/consortia\/[^/?]+)\/m(?=\/|\?|$)/, '$1/memberships'],
  [/^(\/api\/v1\/consortia\/[^/?]+)\/e(?=\/|\?|$)/, '$1/environments'],
  [/^\/api\/v1(\/(?:events|openapi\.json|livez|readyz|metrics)(?:\?|$))/, '$1'],
];

type Middleware = (request: ApiRequest, response: ApiResponse, next: () => void) => void;

/** Correlation id, security headers and short paths, before anything else looks at a request. */
export const createHeadersMiddleware =
  ({ open }: AdminApiOptions): Middleware =>
  (request, response, next) => {
    const sent = headerOf(request, 'x-correlation-id');
    const correlationId = sent !== undefined && CORRELATION_ID.test(sent) ? sent : randomUUID();
    request.correlationId = correlationId;
    for (const [pattern, full] of SHORT) request.url = request.url.replace(pattern, full);
    response.setHeader('X-Correlation-Id', correlationId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('X-Frame-Options', 'DENY');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Cache-Control', 'no-store');
    response.setHeader('Content-Security-Policy', request.url.startsWith('/docs') ? DOCS : NOTHING);
    response.setHeader('Strict-Transport-Security', 'max-age=31536000');
    if (open) response.setHeader('X-Chainkeep-Open', 'demo on this machine: no key is needed');
    next();
  };
