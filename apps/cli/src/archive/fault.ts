import { isCodedError, type CodedError, type ErrorCode } from '#libs/kernel';

/** Something wrong in an archive: in which file, and where in it. */
export type Fault = Readonly<{
  file: string;
  code: ErrorCode;
  message: string;
  hint: string;
  /** Number of the block. */
  block?: number;
  /** First wrong byte, or where the wrong block begins, in the uncompressed bytes. */
  offset?: number;
  expected?: string;
  actual?: string;
}>;

const text = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'bigint' || typeof value === 'number'
    ? String(value)
    : undefined;

export const faultOf = (file: string, { code, message, hint, context }: CodedError): Fault => {
  const { number, offset } = context;
  const expected = text(context['expected']);
  const actual = text(context['actual']);
  return {
    file,
    code,
    message,
    hint,
    ...(typeof number === 'bigint' || typeof number === 'number' ? { block: Number(number) } : {}),
    ...(typeof offset === 'number' ? { offset } : {}),
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  };
};

/** The place of a fault in words, empty when it has none. */
export const placeText = ({ block, offset }: Pick<Fault, 'block' | 'offset'>): string => {
  const parts = [
    ...(block === undefined ? [] : [`block ${block}`]),
    ...(offset === undefined ? [] : [`byte ${offset}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

/** A coded error as a fault; what is no statement about the file is thrown on. */
export const faultOrThrow = (file: string, error: unknown): Fault => {
  if (isCodedError(error) && error.code !== 'INPUT_INVALID') return faultOf(file, error);
  throw error;
};
