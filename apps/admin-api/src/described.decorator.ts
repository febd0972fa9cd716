import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { answerReference } from './answers/registry.js';

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

const meaningOf = (status: number): string => MEANINGS[status] ?? `Status ${status}.`;

/** What the document says of the answer of a success. */
const success = (status: number, answer: z.ZodType): ApiResponseOptions => {
  const schema = answerReference(answer);
  const type = answer instanceof z.ZodString ? 'text/plain' : 'application/json';
  return { status, description: meaningOf(status), content: { [type]: { schema } } };
};

/** What the OpenAPI document says of a route, the status it answers with, and the form of that answer. */
export const Described = (
  summary: string,
  answer: readonly [status: number, schema: z.ZodType],
  also: readonly number[] = [404],
): MethodDecorator & ClassDecorator =>
  applyDecorators(
    HttpCode(answer[0]),
    ApiBearerAuth(),
    ApiOperation({ summary }),
    ApiResponse(success(...answer)),
    ...[401, ...also].map((status) => ApiResponse({ status, description: meaningOf(status) })),
  );
