import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';

const MEANINGS: Readonly<Record<number, string>> = {
  200: 'The resource, or a bare array of them.',
  201: 'Created: the resource.',
  202: 'Accepted.',
  400: 'INPUT_INVALID: every problem of the request at once.',
  401: 'AUTH_REQUIRED or AUTH_INVALID.',
  403: 'AUTH_FORBIDDEN.',
  404: 'RESOURCE_NOT_FOUND: unknown, deleted, or not yours to see.',
  409: 'RESOURCE_EXISTS, or the state of things does not allow it.',
  412: 'PRECONDITION_FAILED: If-Match names another revision.',
  503: 'The store or a node does not answer.',
};

/** What the OpenAPI document says of a route, and the status it answers with. */
export const Described = (
  summary: string,
  status: number,
  also: readonly number[] = [404],
): MethodDecorator & ClassDecorator =>
  applyDecorators(
    HttpCode(status),
    ApiBearerAuth(),
    ApiOperation({ summary }),
    ...[status, 401, ...also].map((code) =>
      ApiResponse({ status: code, description: MEANINGS[code] ?? `Status ${code}.` }),
    ),
  );
