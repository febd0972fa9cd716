import { CodedError } from './errors/coded-error.js';

/** A block number as JSON holds it. Throws INPUT_INVALID above 2^53, where a number loses digits. */
export const plainNumber = (value: bigint): number => {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new CodedError('INPUT_INVALID', 'A block number is too large for a JSON number.', {
      context: { value },
    });
  return Number(value);
};
