import { RequestMethod, type INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { beyondJsonBounds, CodedError } from '#libs/kernel';
import { ADMIN_API_OPTIONS } from './admin-api.module.js';
import type { AdminApiOptions } from './admin-api.options.js';
import { createConsoleMiddleware } from './edge/console.middleware.js';
import type { ApiRequest } from './edge/request.js';
import { createHeadersMiddleware } from './edge/headers.middleware.js';
import { createOpenApiDocument } from './open-api.js';

const BODY_MAX = '1mb';
/** Half of what the bus takes: what a body says lies deeper in its event. */
const BODY_BOUNDS = { depthMax: 32, valuesMax: 50_000 };
/** Operations stand at the root; resources and what changes something stand under the base of the API. */
const AT_ROOT = ['livez', 'readyz', 'metrics', 'events'].map((path) => ({ path, method: RequestMethod.GET }));

/** What lies deep inside a body would only be found by code that recurses. */
const assertBodyBounds = (body: Uint8Array): void => {
  const beyond = beyondJsonBounds(body, BODY_BOUNDS);
  if (beyond !== undefined) throw new CodedError('INPUT_INVALID', `The body is refused: ${beyond}.`);
};

/** What the HTTP application needs around the module. Call it before `listen`. */
export const configureAdminApi = (app: INestApplication): void => {
  const express = app as NestExpressApplication;
  const options = app.get<AdminApiOptions>(ADMIN_API_OPTIONS);
  express.disable('x-powered-by');
  express.use(createHeadersMiddleware(options));
  if (options.consoleFolder !== undefined) express.use(createConsoleMiddleware(options.consoleFolder));
  express.useBodyParser('json', {
    limit: BODY_MAX,
    type: ['application/json', 'application/*+json'],
    verify: (request: Pick<ApiRequest, 'bodyBytes'>, _response: unknown, body: Uint8Array) => {
      request.bodyBytes = body.byteLength;
      assertBodyBounds(body);
    },
  });
  app.setGlobalPrefix('api/v1', { exclude: AT_ROOT });
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app, options.version), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Chainkeep API',
  });
};
