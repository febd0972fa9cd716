import { createHash } from 'node:crypto';
import {
  BlockJudging,
  checkBlock,
  checkSegment,
  createBlockSplitter,
  sealError,
  SegmentJudge,
  type HistoryDocumentEntry,
  type JudgeInput,
  type SealReader,
  type SegmentJudgement,
  type SegmentSummary,
} from '#libs/archive';
import { CodedError, isCodedError, type Hex } from '#libs/kernel';
import { located, locatedSeal } from './locate.js';
import { readSegmentBytes } from './segment-bytes.js';

/** What is known of a segment's ends beforehand. */
export type Ends = Readonly<{
  start: bigint;
  end: bigint;
  parentHash?: Hex;
  startHash?: Hex;
  endHash?: Hex;
}>;

type Blocks = Pick<HistoryDocumentEntry, 'start_block' | 'end_block'>;

export const endsOf = ({ start_block: start, end_block: end }: Blocks): Ends => ({
  start: BigInt(start.block),
  end: BigInt(end.block),
  parentHash: start.parent_hash,
  startHash: start.hash,
  endHash: end.hash,
});

export type VerifiedSegment = Readonly<{
  summary: SegmentSummary;
  /** Of the file as it is stored. */
  bytes: number;
  sha256: string;
  judgement: SegmentJudgement;
  /** What is wrong with the seals, with its place; what is merely unproven is in the judgement alone. */
  sealFault: CodedError | undefined;
}>;

/** The first block of a file, and the hash of block 0 as it shows it: its own, or the parent of block 1. */
export type FirstBlock = Readonly<{ number: bigint; block0: Hex | undefined }>;

/** Reads the first block of a file; `undefined` when it is damaged, which is found again when the file is verified. */
export const firstBlockIn = async (path: string): Promise<FirstBlock | undefined> => {
  const splitter = createBlockSplitter();
  try {
    for await (const chunk of readSegmentBytes(path))
      for (const { bytes } of splitter.push(chunk)) {
        const { number, hash, parentHash } = checkBlock(bytes);
        return { number, block0: number === 0n ? hash : number === 1n ? parentHash : undefined };
      }
  } catch (error) {
    if (!isCodedError(error)) throw error;
  }
  return undefined;
};

/** Lets the judge keep up with the blocks. */
async function* paced(chunks: AsyncIterable<Uint8Array>, judging: BlockJudging): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    await judging.pace();
  }
}

/** The fault of a block as `checkSegment` gives it, with where its block begins. */
const withBlockOffset = (error: CodedError): CodedError =>
  isCodedError(error.cause) && typeof error.context['offset'] === 'number'
    ? new CodedError(error.code, error.message, {
        context: { ...error.context, blockOffset: blockOffsetOf(error.context['offset'], error.cause) },
        cause: error,
      })
    : error;

const blockOffsetOf = (offset: number, cause: CodedError): number => {
  const inside = cause.context['offset'];
  return offset - (typeof inside === 'number' ? inside : 0);
};

/**
 * Checks every block of a file, its seals against the validators that were followed so far, and the digest of the file
 * itself. Throws the first fault of a block with its place; of a broken link the altered block is named.
 */
export const verifySegment = async (
  path: string,
  ends: Ends | undefined,
  { reader, input }: Readonly<{ reader: SealReader; input: JudgeInput }>,
): Promise<VerifiedSegment> => {
  const digest = createHash('sha256');
  let bytes = 0;
  const chunks = readSegmentBytes(path, (chunk) => {
    digest.update(chunk);
    bytes += chunk.length;
  });
  const judge = new SegmentJudge(input);
  const judging = new BlockJudging(judge, reader);
  let { isSealed } = judge;
  try {
    const summary = await checkSegment(paced(chunks, judging), {
      ...ends,
      onBlock: ({ consensus }, raw) => {
        isSealed ||= consensus !== 'plain' && consensus !== 'raft';
        if (isSealed) judging.add(raw);
      },
    });
    await judging.finish();
    const judgement = judge.result(summary.end.hash);
    const { fault, certificate } = judgement;
    const isWrong = fault !== undefined && certificate?.verdict !== 'unproven';
    const sealFault = isWrong
      ? await locatedSeal(path, sealError(fault, fault.blockOffset, path), input.rules.curve)
      : undefined;
    return { summary, bytes, sha256: digest.digest('hex'), judgement, sealFault };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const end = ends?.endHash === undefined ? undefined : { number: ends.end, hash: ends.endHash };
    throw await located(path, withBlockOffset(error), end);
  }
};
