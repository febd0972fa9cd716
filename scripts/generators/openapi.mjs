/** The OpenAPI document of the admin API, from its controllers and schemas; nothing is started. */
import { NestFactory } from '@nestjs/core';
import { AdminApiModule, configureAdminApi } from '../../dist/apps/admin-api/src/index.js';
import { createOpenApiDocument } from '../../dist/apps/admin-api/src/open-api.js';
import { readFileSync } from 'node:fs';
import { inRoot } from '../lib/project.mjs';

export const output = 'docs/reference/openapi.json';

/** The same document whatever order controllers were found in. */
const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
};

export const generate = async () => {
  const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const options = { open: false, version, commit: 'unknown' };
  const app = await NestFactory.create(AdminApiModule.register({}, options), { logger: false });
  configureAdminApi(app);
  const document = sorted(createOpenApiDocument(app, version));
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
};
