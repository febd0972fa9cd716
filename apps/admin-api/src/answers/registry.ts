import { z } from 'zod';

/** Named answers: they become the component schemas of the OpenAPI document. */
const named = z.registry<{ id: string }>();

/** Gives an answer the name under which the OpenAPI document and generated clients know it. */
export const answer = <Schema extends z.ZodType>(id: string, schema: Schema): Schema => {
  named.add(schema, { id });
  return schema;
};

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;

/** The type of an answer, from the schema that documents it. */
export type Answer<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;

type Json = Readonly<Record<string, unknown>>;

const options = {
  io: 'output',
  uri: (id: string) => `#/components/schemas/${id}`,
  // Fields may be added in later versions: a reader must not refuse what it does not know.
  override: ({ jsonSchema }: { jsonSchema: Record<string, unknown> }) => {
    if (jsonSchema['additionalProperties'] === false) delete jsonSchema['additionalProperties'];
  },
} as const;

/** The component schemas of all named answers. */
export const answerSchemas = (): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(z.toJSONSchema(named, options).schemas).map(([name, schema]) => {
      const { $schema: _schema, $id: _id, ...rest } = schema as Record<string, unknown>;
      return [name, rest];
    }),
  );

/** What the OpenAPI document says of an answer: a reference when it has a name, or an array of them. */
export const answerReference = (schema: z.ZodType): Json => {
  const name = named.get(schema)?.id;
  if (name !== undefined) return { $ref: options.uri(name) };
  if (schema instanceof z.ZodArray) {
    return { type: 'array', items: answerReference(schema.element as z.ZodType) };
  }
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, options) as Record<string, unknown>;
  return rest;
};
