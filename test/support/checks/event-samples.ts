import { z } from 'zod';

/*
 * Examples of an event's JSON, made from its schema: one with everything in it, one with what must be. Only for the
 * golden files of a version that is about to be released; what they hold is never regenerated.
 */

const HASH = `0x${'0123456789abcdef'.repeat(4)}`;
/** Tried in turn where a schema only says what it refuses. */
const TEXTS = [
  'an example, with an ümlaut and a 🦄',
  '2026-01-31T12:00:00.000Z',
  HASH,
  '9007199254740993',
  'example-1',
  '0123456789abcdef'.repeat(4),
  'NODE_UNREACHABLE',
  'vault:00000000-0000-4000-8000-000000000001',
  'https://example.org/x',
];
const NUMBERS = [7, 1, 0, 100];

type Def = Readonly<{
  type: string;
  shape?: Readonly<Record<string, z.ZodType>>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  valueType?: z.ZodType;
  options?: readonly z.ZodType[];
  values?: readonly unknown[];
  entries?: Readonly<Record<string, unknown>>;
  in?: z.ZodType;
  items?: readonly z.ZodType[];
}>;

const defOf = (schema: z.ZodType): Def => schema._zod.def;

const fitting = (schema: z.ZodType, candidates: readonly unknown[]): unknown => {
  const found = candidates.find((candidate) => z.safeDecode(schema, candidate as never).success);
  if (found === undefined) throw new Error(`No example fits a schema of type ${defOf(schema).type}.`);
  return found;
};

const isOptional = (schema: z.ZodType): boolean => defOf(schema).type === 'optional';

const objectOf = ({ shape = {} }: Def, full: boolean): unknown =>
  Object.fromEntries(
    Object.entries(shape)
      .filter(([, schema]) => full || !isOptional(schema))
      .map(([name, schema]) => [name, exampleOf(schema, full)]),
  );

/** The last option where there is a choice and `full`, the first else. */
const choice = ({ options = [] }: Def, full: boolean): unknown =>
  exampleOf((full ? options.at(-1) : options[0])!, full);

/** JSON that fits the schema; with everything optional in it when `full`. */
export const exampleOf = (schema: z.ZodType, full: boolean): unknown => {
  const def = defOf(schema);
  const inner = def.innerType;
  const makers: Readonly<Record<string, () => unknown>> = {
    object: () => objectOf(def, full),
    array: () => (full ? [exampleOf(def.element!, full)] : []),
    record: () => (full ? { example: exampleOf(def.valueType!, full) } : {}),
    optional: () => exampleOf(inner!, full),
    readonly: () => exampleOf(inner!, full),
    nullable: () => (full ? exampleOf(inner!, full) : null),
    pipe: () => exampleOf(def.in!, full),
    union: () => choice(def, full),
    literal: () => def.values?.[0],
    enum: () => Object.values(def.entries ?? {})[0],
    boolean: () => full,
    unknown: () => ({ any: ['thing', 1, null] }),
  };
  const made = makers[def.type]?.();
  if (made !== undefined && z.safeDecode(schema, made).success) return made;
  if (made === null) return null;
  return fitting(schema, [...TEXTS, ...NUMBERS]);
};
