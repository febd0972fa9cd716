/** The index of decisions, docs/adr/README.md. Every ADR has a unique number and the parts of the template. */
import { readFileSync, readdirSync } from 'node:fs';
import { inRoot } from '../lib/project.mjs';

export const output = 'docs/adr/README.md';

const PARTS = ['## Context', '## Decision', '## Consequences'];

const fail = (name, what) => {
  throw new Error(`docs/adr/${name} ${what} The template is in docs/adr/README.md.`);
};

const readAdr = (name) => {
  const text = readFileSync(inRoot('docs/adr', name), 'utf8');
  const [, number, title] = /^# 0*(\d+)[.:] (.+)\n/.exec(text) ?? fail(name, 'must begin with "# N. Title".');
  if (Number(number) !== Number(name.slice(0, 4)))
    fail(name, `has the number ${number}, unlike its file name.`);
  const [, status, room] =
    /^Status: ([^.\n]+)\.\s+Room:\s+`([^`]+)`\.$/m.exec(text) ??
    fail(name, 'needs the line "Status: accepted. Room: `libs/x`." below its title.');
  const missing = PARTS.filter((part) => !text.includes(`\n${part}\n`));
  if (missing.length > 0) fail(name, `lacks ${missing.join(', ')}.`);
  return { name, number: Number(number), title, status, room };
};

const assertUnique = (adrs) => {
  for (const [at, { name, number }] of adrs.entries())
    if (adrs[at - 1]?.number === number) fail(name, `repeats the number of ${adrs[at - 1].name}.`);
};

export const generate = async () => {
  const adrs = readdirSync(inRoot('docs/adr'))
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map(readAdr);
  assertUnique(adrs);
  return `# Architecture decisions

One page per decision: what the problem was, what we decided and what follows. \`npm run generate\` writes this index and fails when
a number is used twice or a part of the template is missing. Numbers have gaps and are never reused.

| No. | Decision | Status | Room |
| --- | --- | --- | --- |
${adrs.map(({ name, number, title, status, room }) => `| ${number} | [${title}](${name}) | ${status} | \`${room}\` |`).join('\n')}

## Template

    # N. Title: the decision as an imperative

    Status: accepted. Room: \`libs/x\`.

    ## Context
    ## Decision
    ## Consequences
`;
};
