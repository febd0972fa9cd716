import { z } from 'zod';
import { resourceId } from '#libs/contracts';

const TEXT_MAX = 4_000;

/** Clients send fields they do not set as "" or null: both mean "not given". */
export const given = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

export const text = z.string().max(TEXT_MAX);
/** Text that may be emptied on purpose. */
export const freeText = z.preprocess((value) => value ?? undefined, text.optional());
export const id = given(resourceId);

/** The id a caller chooses, under either name; callers also pass bodies back that carry it. */
export const ids = { _id: id, id };
export const chosenId = (
  body: Readonly<{ _id?: string | undefined; id?: string | undefined }>,
): string | undefined => body._id ?? body.id;

export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Drops what has no value. */
export const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Defined<T>;

export { MASK } from '#libs/kernel';
