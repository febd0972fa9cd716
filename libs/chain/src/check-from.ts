import { checkBlock, type BlockExpectation, type CheckedBlock } from '#libs/archive';
import { CodedError, isCodedError } from '#libs/kernel';

type Expectation = BlockExpectation & Readonly<{ source: string }>;

/** `checkBlock` whose errors name the node or file that gave the bytes, in the message too. */
export const checkFrom = (bytes: Uint8Array, expected: Expectation): CheckedBlock => {
  try {
    return checkBlock(bytes, expected);
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const { number, source } = expected;
    throw new CodedError(error.code, `Block ${number ?? '?'} from ${source} is not valid: ${error.message}`, {
      context: { ...error.context, source, block: number },
      cause: error,
    });
  }
};
