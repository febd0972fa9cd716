import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';
import { answerReference, type Answer } from './answers/registry.js';
import type { Tagged } from './edge/tagged.interceptor.js';

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

/** Decorates methods that return this, or a promise of it; the compiler refuses any other. */
type Returning<Result> = <Method extends (...args: never[]) => Result | Promise<Result>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

type Documented<Schema extends z.ZodType> = readonly [status: number, schema: Schema];

const describe = (summary: string, answer: Documented<z.ZodType>, also: readonly number[]) =>
  applyDecorators(
    HttpCode(answer[0]),
    ApiBearerAuth(),
    ApiOperation({ summary }),
    ApiResponse(success(...answer)),
    ...[401, ...also].map((status) => ApiResponse({ status, description: meaningOf(status) })),
  );

/**
 * What the OpenAPI document says of a route, the status it answers with, and the form of that answer: a method that
 * returns another form does not compile.
 */
export const Described = <Schema extends z.ZodType>(
  summary: string,
  answer: Documented<Schema>,
  also: readonly number[] = [404],
): Returning<Answer<Schema> | Tagged<Answer<Schema>>> => describe(summary, answer, also);

/** The same for a route that writes its response itself: a download, a text, a stream of events. */
export const DescribedRaw = (
  summary: string,
  answer: Documented<z.ZodType>,
  also: readonly number[] = [404],
): Returning<void> => describe(summary, answer, also);
