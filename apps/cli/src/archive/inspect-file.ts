import { checkBlock, cliqueSigner, createBlockSplitter, type SplitBlock } from '#libs/archive';
import { CodedError, isCodedError, type Hex } from '#libs/kernel';
import { blockBytes } from './block-stream.js';

/** What `inspect` says of a block. */
export type InspectedBlock = Readonly<{
  file: string;
  offset: number;
  number: bigint;
  hash: Hex;
  parent_hash: Hex;
  timestamp: bigint;
  consensus: string;
  transactions: number;
  bytes: number;
  /** Who sealed it, on Clique. */
  signer?: Hex;
}>;

const signerOf = (bytes: Uint8Array): Readonly<{ signer?: Hex }> => {
  try {
    return cliqueSigner(bytes);
  } catch (error) {
    if (isCodedError(error)) return {};
    throw error;
  }
};

const inspected = (file: string, { bytes, offset }: SplitBlock): InspectedBlock => {
  try {
    const { number, hash, parentHash, timestamp, consensus, transactions } = checkBlock(bytes, {
      source: file,
    });
    const base = { file, offset, number, hash, parent_hash: parentHash, timestamp, consensus, transactions };
    return { ...base, bytes: bytes.length, ...(consensus === 'clique' ? signerOf(bytes) : {}) };
  } catch (error) {
    if (!isCodedError(error)) throw error;
    throw placed(error, file, offset);
  }
};

/** The error with the place where the block begins in its sentence. */
const placed = (error: CodedError, file: string, offset: number): CodedError =>
  new CodedError(error.code, `${file}, byte ${offset}: ${error.message}`, {
    context: { ...error.context, file, offset },
    cause: error,
  });

/** Every block of a file, checked by itself. Throws the error of the first wrong one with its place in bytes. */
export async function* inspectFile(file: string): AsyncGenerator<InspectedBlock> {
  const splitter = createBlockSplitter();
  let end = 0;
  try {
    for await (const chunk of blockBytes(file)) {
      for (const raw of splitter.push(chunk)) {
        yield inspected(file, raw);
        end = raw.offset + raw.bytes.length;
      }
    }
    splitter.finish();
  } catch (error) {
    throw isCodedError(error) && error.context['file'] === undefined && error.code !== 'INPUT_INVALID'
      ? placed(error, file, end)
      : error;
  }
}
