/** The reference of events, from their schemas. */
import { EVENT_CONTRACTS } from '#libs/contracts';
import { ZERO_HASH } from '#libs/kernel';
import { z } from 'zod';

export const output = 'docs/reference/events.md';

/** Custom schemas do not describe their form, so their name is found by trying values. */
const customName = (schema) => {
  if (schema.safeParse(ZERO_HASH).success) return 'hash';
  return schema.safeParse('INTERNAL').success ? 'error code' : 'any';
};

const patternName = (pattern) => {
  const takes = (text) => new RegExp(pattern).test(text);
  if (takes('2026-01-31T12:00:00.000Z')) return 'instant';
  if (takes('-12')) return 'decimal string';
  return takes('a'.repeat(64)) ? 'sha256' : 'string';
};

const literal = (value) => `\`${JSON.stringify(value)}\``;

/** A JSON schema in a few words, short enough for a table cell. */
const typeOf = (schema) => {
  if (schema.name !== undefined) return schema.name;
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(', ');
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return choices.map(typeOf).join(' or ');
  if (schema.pattern !== undefined) return patternName(schema.pattern);
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.type !== 'object') return schema.type ?? 'any';
  if (schema.properties === undefined) return `map of ${typeOf(schema.additionalProperties ?? {})}`;
  return `{ ${fieldsOf(schema)
    .map(({ name, type, required }) => `${name}${required ? '' : '?'}: ${type}`)
    .join('; ')} }`;
};

const fieldsOf = ({ properties, required = [] }) =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    required: required.includes(name),
  }));

const schemaOf = (schema) =>
  z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'custom') jsonSchema.name = customName(zodSchema);
    },
  });

const section = ([type, { version, schema }]) => `## ${type}

Schema version ${version}.

| Field | Type | Required |
| --- | --- | --- |
${fieldsOf(schemaOf(schema))
  .map((field) => `| \`${field.name}\` | ${field.type} | ${field.required ? 'yes' : 'no'} |`)
  .join('\n')}
`;

export const generate = async () => `# Events

Generated from libs/contracts by \`npm run generate\`. Each section describes the data of one event as JSON, as it is stored
and as it is published. A released version never changes its form. Events never contain secrets: \`secretRef\` names an
encrypted value.

| Type | Form |
| --- | --- |
| decimal string | an integer of any size, as text |
| instant | UTC with milliseconds, for example \`2026-01-31T12:00:00.000Z\` |
| hash | 32 bytes: \`0x\` and lower-case hex |
| sha256 | 64 lower-case hex digits |
| error code | a code from the [error reference](errors.md) |

${Object.entries(EVENT_CONTRACTS)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(section)
  .join('\n')}`;
