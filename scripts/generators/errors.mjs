/** The reference of error codes, from the catalogue. */
import { CATALOGUE } from '#libs/kernel';

export const output = 'docs/reference/errors.md';

const row = ([code, { meaning, hint, retryable, status }]) =>
  `| \`${code}\` | ${meaning} | ${hint} | ${retryable ? 'yes' : 'no'} | ${status} |`;

export const generate = async () => `# Error codes

Generated from libs/kernel/src/errors by \`npm run generate\`. A code never changes its meaning.

- **Retryable**: the same call can succeed later without any change.
- **HTTP**: the status that the API returns with this code.

| Code | When | What to do | Retryable | HTTP |
| --- | --- | --- | --- | --- |
${Object.entries(CATALOGUE)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(row)
  .join('\n')}
`;
