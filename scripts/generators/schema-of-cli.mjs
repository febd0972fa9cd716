/** The command line's client types: those of the console. */
export { generate } from './schema-of-console.mjs';

export const output = 'apps/cli/src/service/schema.ts';
