import { readFileSync } from 'node:fs';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;
type Operation = Readonly<{
  responses: Readonly<Record<string, Readonly<{ content?: Readonly<Record<string, { schema: Json }>> }>>>;
}>;
type Document = Readonly<{
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: Readonly<{ schemas: Json }>;
}>;

const SUCCESS_BELOW = 300;
const document = JSON.parse(
  readFileSync(new URL('../../../docs/reference/openapi.json', import.meta.url), 'utf8'),
) as Document;

/** The committed document as zod reads it, and strict: a field that is answered and not described is found too. */
const strict = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strict);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => [
    name,
    name === '$ref' ? String(inner).replace('#/components/schemas/', '#/$defs/') : strict(inner),
  ]);
  const closed = 'properties' in value && !('additionalProperties' in value);
  return { ...Object.fromEntries(entries), ...(closed ? { additionalProperties: false } : {}) };
};
const $defs = strict(document.components.schemas);

const patternOf = (template: string): RegExp => new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
/** Templates without parameters first: `/runs` is not `/{id}`. */
const ROUTES = Object.keys(document.paths)
  .sort((a, b) => a.split('{').length - b.split('{').length)
  .map((template) => ({ template, pattern: patternOf(template) }));

const schemas = new Map<string, z.ZodType>();

/** The form of a JSON answer; `undefined` for metrics and the event feed, which are text. */
const describedBy = (operation: Operation | undefined, status: number, name: string): Json | undefined => {
  const content = operation?.responses[String(status)]?.content;
  if (content?.['text/plain']) return undefined;
  const described = content?.['application/json']?.schema;
  if (described === undefined) throw new Error(`${name} is not described in docs/reference/openapi.json`);
  return described;
};

const schemaOf = (method: string, path: string, status: number): z.ZodType | undefined => {
  const verb = method.toLowerCase();
  const found = ROUTES.find(
    ({ template, pattern }) => pattern.test(path) && document.paths[template]?.[verb] !== undefined,
  );
  // Short forms of paths, and the page itself.
  if (found === undefined) return undefined;
  const name = `${method} ${found.template} ${status}`;
  const known = schemas.get(name);
  if (known) return known;
  const described = describedBy(document.paths[found.template]?.[verb], status, name);
  if (described === undefined) return undefined;
  const whole = { ...(strict(described) as Json), $defs } as Parameters<typeof z.fromJSONSchema>[0];
  const schema = z.fromJSONSchema(whole);
  schemas.set(name, schema);
  return schema;
};

/** Throws when a success of a described route is not in the form that the committed OpenAPI document says. */
export const expectDocumented = (
  method: string,
  url: string,
  answer: Readonly<{ status: number; body: unknown }>,
): void => {
  if (answer.status >= SUCCESS_BELOW) return;
  const { pathname } = new URL(url);
  const result = schemaOf(method, pathname, answer.status)?.safeParse(answer.body);
  if (result === undefined || result.success) return;
  throw new Error(
    `${method} ${pathname} is not as documented:\n${z.prettifyError(result.error)}\n${JSON.stringify(answer.body).slice(0, 1_000)}`,
  );
};
