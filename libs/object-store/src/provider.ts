import { z } from 'zod';
import type { BucketLocation, OwnSignIn } from './bucket-location.js';
import type { ObjectStore } from './object-store.js';

/** What a detail is called, and how it is treated. */
export type DetailWords = Readonly<{
  label: string;
  hint?: string;
  /** Sealed in the vault and never answered. Its name must look like a secret's: see `isSecretName`. */
  secret?: boolean;
  /** Names that older clients send for it. */
  aliases?: readonly string[];
  /** Left out of short forms. */
  advanced?: boolean;
  /** Part of what tells one bucket from another. */
  address?: boolean;
  /** Where the schema says no more than "text". A path is one of the server; a network file may give it relative. */
  type?: 'url' | 'path';
}>;

type Form = Readonly<{
  /** `texts`: texts by name. `object`: has `fields`. */
  type: 'text' | 'url' | 'path' | 'boolean' | 'integer' | 'texts' | 'object';
  choices?: readonly string[];
  fields?: readonly (Form & Readonly<{ name: string }>)[];
}>;

/** A detail as the API, a form and a network file read it. */
export type ProviderDetail = Form &
  Readonly<{
    name: string;
    label: string;
    hint?: string;
    required: boolean;
    secret: boolean;
    aliases: readonly string[];
    advanced: boolean;
    address: boolean;
  }>;

/** A provider as plain data: what `GET /providers` answers. */
export type ProviderDescription = Readonly<{
  name: string;
  label: string;
  /** Who may register a target there. `operator`: it is a place on the server itself. */
  access: 'operator' | 'member';
  /** In the order in which a form asks for them. */
  details: readonly ProviderDetail[];
  /** Details that are refused, with the reason. */
  forbidden: readonly Readonly<{ name: string; why: string }>[];
}>;

/** One kind of place where buckets are. All that is known of it lies in its folder and is registered once. */
export type Provider = Readonly<{
  name: string;
  label: string;
  access: ProviderDescription['access'];
  /** Its buckets are folders of the server itself, named by `path`. */
  isDirectory?: boolean;
  /** Every detail and secret by its name, each declared with `detail`. */
  settings: z.ZodObject;
  forbidden?: ProviderDescription['forbidden'];
  /**
   * The bucket itself, the same text however its details are spelled: the ledger of what is there belongs to it.
   * Throws INPUT_INVALID or URL_REFUSED.
   */
  destination: (location: BucketLocation) => string;
  /** How 0.1 spelled the destination, if otherwise: recognizes a recorded one whose secrets can't be read any more. */
  formerDestination?: (location: BucketLocation) => string;
  /** How the location uses what belongs to this server, if it brings no keys. Throws INPUT_INVALID or URL_REFUSED. */
  ownSignIn?: (location: BucketLocation) => OwnSignIn | undefined;
  /** Which folder of which store it is; without it, the destination is a store of its own. Throws as `destination`. */
  space?: (location: BucketLocation) => Promise<Space>;
  /** Throws INPUT_INVALID or URL_REFUSED. */
  open: (location: BucketLocation) => ObjectStore;
}>;

/** A folder (no slash at its ends, empty for all of it) of a store. Two spaces of one store can be compared. */
export type Space = Readonly<{ store: string; folder: string }>;

const WORDS = z.registry<DetailWords>();

/** Declares a field of a provider's settings with its words. */
export const detail = <Schema extends z.ZodType>(schema: Schema, words: DetailWords): Schema => {
  WORDS.add(schema, words);
  return schema;
};

type Json = Readonly<z.core.JSONSchema.BaseSchema>;

const formOf = ({ type, enum: choices, properties }: Json): Form => {
  if (type === 'boolean' || type === 'integer') return { type };
  if (type !== 'object') return choices ? { type: 'text', choices: choices.map(String) } : { type: 'text' };
  if (properties === undefined) return { type: 'texts' };
  const fields = Object.entries(properties).map(([name, schema]) => ({ name, ...formOf(schema as Json) }));
  return { type, fields };
};

const describeDetail = (name: string, schema: z.core.$ZodType): ProviderDetail => {
  const words: DetailWords = WORDS.get(schema) ?? { label: name };
  const { secret = false, aliases = [], advanced = false, address = false, ...rest } = words;
  const required = !z.safeParse(schema, undefined).success;
  const form = formOf(z.toJSONSchema(schema, { io: 'input' }));
  return { name, required, secret, aliases, advanced, address, ...form, ...rest };
};

/** The plain data of a provider. */
export const describeProvider = ({
  name,
  label,
  access,
  settings,
  forbidden = [],
}: Provider): ProviderDescription => ({
  name,
  label,
  access,
  details: Object.entries<z.core.$ZodType>(settings.shape).map(([field, schema]) =>
    describeDetail(field, schema),
  ),
  forbidden,
});
