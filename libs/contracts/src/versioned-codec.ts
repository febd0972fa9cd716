import { z } from 'zod';
import { CodedError } from '#libs/kernel';

/** Brings the JSON data of one version of an event to the next. Pure: it may run at any time, any number of times. */
export type Upcaster = (data: unknown) => unknown;

/**
 * The form of one event type. `schema` is the newest version's; `upcasters[n - 1]` brings version n to n + 1, so there
 * is one for each version but the last. What a released version wrote is decoded for ever.
 */
export type VersionedContract = Readonly<{
  version: number;
  schema: z.ZodType;
  upcasters?: readonly Upcaster[];
}>;

export type Encoded = Readonly<{ data: unknown; schemaVersion: number }>;

const describeIssues = (error: z.ZodError): string =>
  error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'data'}: ${message}`)
    .join('; ');

const unknown = (type: string, schemaVersion: number, why: string): CodedError =>
  new CodedError('EVENT_UNKNOWN', why, { context: { type, schemaVersion } });

const upcast = (
  type: string,
  data: unknown,
  schemaVersion: number,
  { version, upcasters = [] }: VersionedContract,
): unknown => {
  if (schemaVersion > version)
    throw unknown(type, schemaVersion, `${type} has schema version ${schemaVersion}, known is ${version}.`);
  return upcasters
    .slice(schemaVersion - 1, version - 1)
    .reduce((older: unknown, toNext) => toNext(older), data);
};

/** Encodes and decodes events by their contracts. */
export const createVersionedCodec = (contractOf: (type: string) => VersionedContract | undefined) => {
  /** Histories hold millions of events: a schema becomes a generated function when its type is first met. */
  const compiled = new Map<z.ZodType, z.ZodType>();
  const decoderOf = ({ schema }: VersionedContract): z.ZodType => {
    const known = compiled.get(schema);
    if (known) return known;
    const made = z.compile(schema);
    compiled.set(schema, made);
    return made;
  };
  const find = (type: string, schemaVersion: number): VersionedContract => {
    const contract = contractOf(type);
    if (!contract) throw unknown(type, schemaVersion, `Event type ${type} is unknown.`);
    return contract;
  };
  return {
    /** Event data -> JSON of the newest version. What does not fit its contract is a fault of ours: EVENT_INVALID. */
    encode: (type: string, value: unknown): Encoded => {
      const { schema, version } = find(type, 0);
      const result = z.safeEncode(schema, value);
      if (result.success) return { data: result.data, schemaVersion: version };
      const issues = describeIssues(result.error);
      throw new CodedError('EVENT_INVALID', `${type} does not fit its schema: ${issues}.`);
    },
    /** JSON of any version -> event data. A newer one is EVENT_UNKNOWN (wait for the update), a wrong form EVENT_INVALID. */
    decode: (type: string, data: unknown, schemaVersion: number): unknown => {
      const contract = find(type, schemaVersion);
      const result = z.safeDecode(decoderOf(contract), upcast(type, data, schemaVersion, contract));
      if (result.success) return result.data;
      const issues = describeIssues(result.error);
      throw new CodedError('EVENT_INVALID', `${type} does not fit its schema: ${issues}.`);
    },
  };
};
