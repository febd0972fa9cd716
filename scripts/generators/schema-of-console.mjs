/** The console's client types, from the committed OpenAPI document. */
import { readFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';
import { inRoot } from '../lib/project.mjs';

export const output = 'apps/console/src/api/schema.ts';

const HEADER =
  '/** Generated from docs/reference/openapi.json by "npm run generate"; not edited by hand. */\n';

export const generate = async () => {
  const document = JSON.parse(readFileSync(inRoot('docs/reference/openapi.json'), 'utf8'));
  return HEADER + astToString(await openapiTS(document, { alphabetize: true }));
};
