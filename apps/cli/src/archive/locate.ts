import { checkBlock, createBlockSplitter, type CheckedBlock } from '#libs/archive';
import { CodedError, type Hex } from '#libs/kernel';
import { readSegmentBytes } from './segment-bytes.js';

type Seen = Pick<CheckedBlock, 'number' | 'hash' | 'parentHash' | 'bytes'> & Readonly<{ offset: number }>;

/** The blocks around an offset: the one before, the one that begins there and the one after. */
const around = async (path: string, offset: number): Promise<readonly (Seen | undefined)[]> => {
  const splitter = createBlockSplitter();
  let before: Seen | undefined;
  let at: Seen | undefined;
  try {
    for await (const chunk of readSegmentBytes(path)) {
      for (const raw of splitter.push(chunk)) {
        const { number, hash, parentHash, bytes } = checkBlock(raw.bytes);
        const seen = { number, hash, parentHash, bytes, offset: raw.offset };
        if (raw.offset < offset) before = seen;
        else if (raw.offset === offset) at = seen;
        else return [before, at, seen];
      }
    }
  } catch {
    // What comes after is damaged too: it can vouch for nothing.
  }
  return [before, at, undefined];
};

/**
 * Which of two blocks that do not fit is the altered one? A block is vouched for by the parent its successor names, or
 * by the known hash of the end. When that holds for the block that was found not to fit, the one before it is wrong.
 */
export const blameOf = async (
  path: string,
  fault: CodedError,
  end: Readonly<{ number: bigint; hash: Hex }> | undefined,
): Promise<CodedError> => {
  const { offset, number, source } = fault.context;
  if (fault.code !== 'BLOCK_PARENT_MISMATCH' || typeof offset !== 'number') return fault;
  const [before, at, after] = await around(path, offset);
  if (before === undefined || at === undefined) return fault;
  const isVouched = after === undefined ? at.hash === end?.hash : after.parentHash === at.hash;
  if (!isVouched) return fault;
  return new CodedError(
    'BLOCK_HASH_MISMATCH',
    `The header of block ${before.number} was altered: block ${String(number)} names another parent.`,
    {
      context: {
        number: before.number,
        offset: before.offset,
        until: before.offset + before.bytes,
        expected: at.parentHash,
        actual: before.hash,
        source,
      },
      cause: fault,
    },
  );
};
