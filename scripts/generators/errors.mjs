/** The reference of error codes, from the catalogue. */
import { CATALOGUE } from '#libs/kernel';

export const output = 'docs/reference/errors.md';

const row = ([code, { meaning, hint, retryable, status }]) =>
  `| \`${code}\` | ${meaning} | ${hint} | ${retryable ? 'yes' : 'no'} | ${status} |`;

export const generate = async () => `# Error codes

Generated from libs/kernel/src/errors by \`npm run generate\`. A code never changes its meaning. *Retryable*: the same
call may succeed later without anybody changing anything. *HTTP*: the status it has when it leaves through the API.

| Code | When | What to do | Retryable | HTTP |
| --- | --- | --- | --- | --- |
${Object.entries(CATALOGUE)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(row)
  .join('\n')}
`;
