import {
  BlockJudging,
  createBlockSplitter,
  createSealReader,
  SegmentJudge,
  type JudgeInput,
  type SegmentJudgement,
} from '#libs/archive';
import type { Hex } from '#libs/kernel';

/** Below this starting threads takes longer than they save. */
const THREADS_FROM_BLOCKS = 2_000n;

/** The blocks of one file, whose form and hashes were checked. */
export type FileBlocks = Readonly<{
  bytes: AsyncIterable<Uint8Array>;
  count: bigint;
  endHash: Hex;
  signal: AbortSignal;
}>;

/** Judges the seals of a file, on threads where that pays. */
export const judgeFile = async (
  input: JudgeInput,
  { bytes, count, endHash, signal }: FileBlocks,
): Promise<SegmentJudgement> => {
  const reader = await createSealReader(count < THREADS_FROM_BLOCKS ? 0 : undefined);
  try {
    const judge = new SegmentJudge(input);
    const judging = new BlockJudging(judge, reader);
    const splitter = createBlockSplitter();
    for await (const chunk of bytes) {
      for (const block of splitter.push(chunk)) judging.add(block);
      await judging.pace();
      signal.throwIfAborted();
    }
    await judging.finish();
    return judge.result(endHash);
  } finally {
    await reader.close();
  }
};
