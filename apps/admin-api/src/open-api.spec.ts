import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import type { ServicePorts } from '#libs/services';
import { AdminApiModule } from './admin-api.module.js';
import { configureAdminApi } from './configure-admin-api.js';
import { Described, DescribedRaw } from './described.decorator.js';
import { createOpenApiDocument } from './open-api.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
const okAnswer = z.object({ ok: z.boolean() });

@Controller('careless')
class CarelessController {
  @Get()
  undescribed(): unknown {
    return { ok: true };
  }

  @Get('fits')
  @Described('Returns what it documents.', [200, okAnswer])
  async fits(): Promise<{ ok: boolean }> {
    return { ok: true };
  }

  @Get('less')
  // @ts-expect-error A field is missing.
  @Described('Returns less than it documents.', [200, okAnswer])
  async less(): Promise<{ okay: boolean }> {
    return { okay: true };
  }

  @Get('unknown')
  // @ts-expect-error The compiler can't know the form.
  @Described('Returns anything.', [200, okAnswer])
  async unknown(): Promise<unknown> {
    return { ok: true };
  }

  @Post('raw')
  // @ts-expect-error A route that writes its response itself returns nothing.
  @DescribedRaw('Returns what it should write.', [200, okAnswer])
  raw(): { ok: boolean } {
    return { ok: true };
  }
}

const documentOf = async (...more: Type[]): Promise<OpenAPIObject> => {
  const options = { open: false, version: '0.0.0', commit: 'test' };
  // No route is called: the document comes from the controllers alone.
  const api = AdminApiModule.register({} as ServicePorts, options);
  const controllers = [...(api.controllers ?? []), ...more];
  const app = await NestFactory.create({ ...api, controllers }, { logger: false });
  configureAdminApi(app);
  const document = createOpenApiDocument(app, options.version);
  await app.close();
  return document;
};

/** The routes of a document, each with whether it says the form of its success. */
const routesOf = ({ paths }: OpenAPIObject): ReadonlyMap<string, boolean> =>
  new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method];
        if (operation === undefined) return [];
        const described = Object.entries(operation.responses).some(
          ([status, response]) => status.startsWith('2') && response && 'content' in response,
        );
        return [[`${method} ${path}`, described] as const];
      }),
    ),
  );

const undescribedIn = (document: OpenAPIObject): readonly string[] =>
  [...routesOf(document)].filter(([, described]) => !described).map(([route]) => route);

describe('the OpenAPI document', () => {
  it('describes the answer of every route', async () => {
    const document = await documentOf();
    expect(routesOf(document).size).toBeGreaterThan(50);
    expect(undescribedIn(document)).toEqual([]);
  });

  it('shows a route that does not describe its answer', async () => {
    expect(undescribedIn(await documentOf(CarelessController))).toEqual(['get /api/v1/careless']);
  });
});
