import { z } from 'zod';
import type { ProviderDescription, ProviderDetail } from '#libs/object-store';

/** A bucket in the file: its provider, and what that provider needs to be told. */
export type FileBucket = Readonly<Record<string, unknown> & { provider: string }>;

type Form = Pick<ProviderDetail, 'name' | 'type' | 'choices' | 'fields'>;

/** An empty prefix is the root of the bucket. Everything else that is empty is a variable that was set to nothing. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['prefix']);
const anyText = z.string().max(4_000);
const text = anyText.min(1);

const schemaOf = ({ name, type, choices, fields = [] }: Form): z.ZodType => {
  switch (type) {
    case 'text':
    case 'url':
    case 'path':
      if (choices) return z.enum(choices);
      return MAY_BE_EMPTY.has(name) ? anyText : text;
    case 'boolean':
      return z.boolean();
    case 'integer':
      return z.number().int();
    case 'texts':
      return z.record(z.string(), z.string());
    case 'object':
      return z.strictObject(Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])));
  }
};

/**
 * A bucket of any of the providers, beside `common` fields. Names that its provider does not have are misspelt.
 */
export const bucketOf = <Common extends z.ZodRawShape>(
  providers: readonly ProviderDescription[],
  common: Common,
): z.ZodType<FileBucket & z.infer<z.ZodObject<Common>>> => {
  const buckets = providers.map(({ name: provider, details }) =>
    z.strictObject({
      ...Object.fromEntries(details.map((detail) => [detail.name, schemaOf(detail).optional()])),
      ...common,
      provider: z.literal(provider),
    }),
  );
  const known = providers.map(({ name }) => `"${name}"`).join('|');
  return z.discriminatedUnion('provider', buckets as unknown as [z.ZodObject], {
    error: `Invalid option: expected one of ${known}`,
  }) as never;
};
