import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { CodedError, isCodedError, toCodedError, type ErrorCode } from '#libs/kernel';
import { redact, type Log } from '#libs/runtime';
import type { ApiRequest, ApiResponse } from './request.js';

const RETRY_AFTER_S = '1';
const SERVER_ERROR = 500;
const MAPPED: Readonly<Record<number, ErrorCode>> = {
  400: 'INPUT_INVALID',
  404: 'RESOURCE_NOT_FOUND',
  413: 'BODY_TOO_LARGE',
};

const statusOf = (error: unknown): number | undefined => {
  if (error instanceof HttpException) return error.getStatus();
  const status = error instanceof Error ? (error as Error & { status?: unknown }).status : undefined;
  return typeof status === 'number' ? status : undefined;
};

/** What the framework and the body parser throw, under our codes. */
const codedOf = (error: unknown): CodedError => {
  if (isCodedError(error)) return error;
  // What we throw inside the body parser comes wrapped.
  if (error instanceof HttpException && isCodedError(error.cause)) return error.cause;
  const status = statusOf(error);
  if (status === undefined || status >= SERVER_ERROR) return toCodedError(error);
  const code = MAPPED[status] ?? 'INPUT_INVALID';
  const message = {
    RESOURCE_NOT_FOUND: 'There is nothing under this path.',
    BODY_TOO_LARGE: 'The body is above 1 MB.',
  }[code as string];
  return new CodedError(code, message ?? 'The request cannot be read.', { cause: error });
};

const titleOf = (code: ErrorCode): string =>
  code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');

/** The body of an error answer (RFC 9457). What is inside an uncoded error stays in the log. */
export const toProblem = (error: CodedError, correlationId: string): Record<string, unknown> => ({
  type: `urn:chainkeep:error:${error.code}`,
  title: titleOf(error.code),
  status: error.status,
  code: error.code,
  detail: redact(error.code === 'INTERNAL' ? 'Something failed inside the service.' : error.message),
  hint: error.hint,
  retryable: error.retryable,
  context: redact(error.context),
  correlation_id: correlationId,
});

/** Every error leaves as problem details; what is our fault is logged with its cause. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    const response = http.getResponse<ApiResponse>();
    const error = codedOf(thrown);
    const correlationId = request.correlationId ?? '';
    if (error.status >= SERVER_ERROR) {
      this.log.error('A request failed.', { correlationId, method: request.method, error });
    }
    if (response.headersSent) {
      response.end();
      return;
    }
    if (error.code === 'AUTH_REQUIRED' || error.code === 'AUTH_INVALID') {
      response.setHeader('WWW-Authenticate', 'Bearer realm="chainkeep"');
    }
    if (error.code === 'RATE_LIMITED') response.setHeader('Retry-After', RETRY_AFTER_S);
    response.removeHeader('ETag');
    response.setHeader('Content-Type', 'application/problem+json');
    response.status(error.status).send(JSON.stringify(toProblem(error, correlationId)));
  }
}
