import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

import { answerSchemas } from './answers/registry.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];
type Operation = NonNullable<OpenAPIObject['paths'][string][Method]>;
type Parameter = NonNullable<Operation['parameters']>[number];

const text = { type: 'string' } as const;
const PROBLEM = {
  type: 'object' as const,
  description: 'Problem details (RFC 9457).',
  required: ['type', 'title', 'status', 'code', 'detail', 'hint', 'correlation_id'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' as const },
    code: { ...text, description: 'A code of docs/reference/errors.md; it never changes its meaning.' },
    detail: text,
    hint: { ...text, description: 'What to do about it.' },
    retryable: { type: 'boolean' as const },
    context: { type: 'object' as const },
    correlation_id: text,
  },
};
const HEADERS: Readonly<Partial<Record<Method, readonly [string, string]>>> = {
  post: ['Idempotency-Key', 'Repeating a request under the same key makes nothing twice.'],
  patch: ['If-Match', 'The ETag the change is meant for; else 412.'],
  put: ['If-Match', 'The ETag the change is meant for; else 412.'],
  delete: ['If-Match', 'The ETag the change is meant for; else 412.'],
};

const nameOf = (parameter: Parameter): string => ('name' in parameter ? parameter.name : '');

/** Parts of the path and the headers that hold for every route of a method. */
const parametersOf = (path: string, method: Method, { parameters = [] }: Operation): Parameter[] => {
  const named = new Set(parameters.map(nameOf));
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const missing = inPath.filter((name) => !named.has(name));
  const header = path.startsWith('/api/') ? HEADERS[method] : undefined;
  return [
    ...missing.map((name): Parameter => ({ name, in: 'path', required: true, schema: text })),
    ...parameters,
    ...(header
      ? [{ name: header[0], in: 'header' as const, required: false, description: header[1], schema: text }]
      : []),
  ];
};

const complete = (path: string, method: Method, operation: Operation): void => {
  operation.parameters = parametersOf(path, method, operation);
  const schema = { $ref: '#/components/schemas/Problem' };
  for (const [status, response] of Object.entries(operation.responses)) {
    if (Number(status) < 400 || response === undefined || '$ref' in response) continue;
    response.content = { 'application/problem+json': { schema } };
  }
};

/** The OpenAPI document of the API. `app` must have been configured. */
export const createOpenApiDocument = (app: INestApplication, version: string): OpenAPIObject => {
  const config = new DocumentBuilder()
    .setTitle('Chainkeep')
    .setDescription(
      'Consensus-verified backups of private EVM chains. Errors are problem details (RFC 9457) with a stable code.',
    )
    .setVersion(version)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  const document = SwaggerModule.createDocument(app, config);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) complete(path, method, operation);
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...answerSchemas(), Problem: PROBLEM },
  };
  return document;
};
