import { isCodedError, type CodedError, type ErrorCode } from '#libs/kernel';

/** Something wrong in an archive: in which file, and where in it. */
export type Fault = Readonly<{
  file: string;
  code: ErrorCode;
  message: string;
  hint: string;
  /** Number of the block. */
  block?: number;
  /** First wrong byte, or where the wrong part begins: in the uncompressed bytes of a segment, else in the file. */
  offset?: number;
  /** What lies there: a field of the block, the manifest or the history document. */
  field?: string;
  expected?: string;
  actual?: string;
}>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'bigint' || typeof value === 'number'
    ? String(value)
    : undefined;

/** The named texts of a context that are there. */
const texts = <Name extends string>(
  context: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Partial<Record<Name, string>> => {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = text(context[name]);
    if (value !== undefined) found[name] = value;
  }
  return found;
};

export const faultOf = (file: string, { code, message, hint, context }: CodedError): Fault => {
  const { number, offset } = context;
  return {
    file,
    code,
    message,
    hint,
    ...(typeof number === 'bigint' || typeof number === 'number' ? { block: Number(number) } : {}),
    ...(typeof offset === 'number' ? { offset } : {}),
    ...texts(typeof context['field'] === 'string' ? context : { ...context, field: undefined }, [
      'field',
      'expected',
      'actual',
    ]),
  };
};

/** The place of a fault in words, empty when it has none. */
export const placeText = ({ block, offset, field }: Pick<Fault, 'block' | 'offset' | 'field'>): string => {
  const parts = [
    ...(block === undefined ? [] : [`block ${block}`]),
    ...(offset === undefined ? [] : [`byte ${offset}`]),
    ...(field === undefined ? [] : [field]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

/** A coded error as a fault. Errors that say nothing about the file are rethrown. */
export const faultOrThrow = (file: string, error: unknown): Fault => {
  if (isCodedError(error) && error.code !== 'INPUT_INVALID') return faultOf(file, error);
  throw error;
};
