import { CodedError } from '#libs/kernel';
import { readLongLength, rlpInvalid } from '../rlp/reader.js';

const SHORT_LIST = 0xc0;
const LONG_LIST = 0xf7;

/** One block of a stream and where it begins, in bytes from the start of the stream. */
export type SplitBlock = Readonly<{ bytes: Uint8Array; offset: number }>;

export type BlockSplitter = Readonly<{
  /**
   * The blocks that are complete with this chunk. Take all of them before the next push. `bytes` are a view into the
   * chunk or a separate buffer: copy them to keep them beyond the chunk. Throws RLP_INVALID with the offset, after
   * the blocks before the fault.
   */
  push: (chunk: Uint8Array) => Generator<SplitBlock, void>;
  /** Call after the last chunk. Throws SEGMENT_INCOMPLETE with the offset when a block is cut short. */
  finish: () => void;
}>;

/** No client makes blocks near this; a damaged length must not take all memory. */
export const BLOCK_BYTES_MAX = 128 * 1024 * 1024;

const ENOUGH_FOR_LENGTH = 9;

/** Bytes of the item that begins at `at`, `undefined` while its prefix is not all there. */
const itemBytes = (bytes: Uint8Array, at: number, offset: number): number | undefined => {
  const first = bytes[at] ?? 0;
  if (first < SHORT_LIST) throw rlpInvalid('No block begins here.', offset);
  if (first <= LONG_LIST) return 1 + first - SHORT_LIST;
  const size = first - LONG_LIST;
  if (at + 1 + size > bytes.length) return undefined;
  return 1 + size + readLongLength(bytes, at + 1, size, offset);
};

/** The beginning of a block that earlier chunks left over. */
class HeldBlock {
  private buffer = new Uint8Array(0);
  length = 0;
  /** Bytes of the whole block, once its prefix is here. */
  needed: number | undefined;

  get isComplete(): boolean {
    return this.length === this.needed;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  add(bytes: Uint8Array): void {
    const length = this.length + bytes.length;
    if (length > this.buffer.length) {
      // Doubling, so that a damaged length alone takes no memory.
      const room = Math.min(2 * this.buffer.length, this.needed ?? ENOUGH_FOR_LENGTH);
      const larger = new Uint8Array(Math.max(length, room));
      larger.set(this.bytes);
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.length);
    this.length = length;
  }

  /** Gives the block away and forgets it. */
  release(): Uint8Array {
    const { bytes } = this;
    this.buffer = new Uint8Array(0);
    this.length = 0;
    this.needed = undefined;
    return bytes;
  }
}

/** Cuts a stream of block RLPs into blocks, whatever its chunks. Holds at most one block. */
export const createBlockSplitter = (blockBytesMax = BLOCK_BYTES_MAX): BlockSplitter => {
  const held = new HeldBlock();
  let offset = 0;

  const measure = (bytes: Uint8Array, at: number): number | undefined => {
    const length = itemBytes(bytes, at, offset);
    if (length !== undefined && length > blockBytesMax)
      throw rlpInvalid('A block is larger than the limit.', offset);
    return length;
  };

  /** Moves from the chunk what the held block lacks; returns how much. */
  const complete = (chunk: Uint8Array): number => {
    let at = 0;
    while (held.needed === undefined && at < chunk.length) {
      held.add(chunk.subarray(at, at + 1));
      at += 1;
      held.needed = measure(held.bytes, 0);
    }
    if (held.needed === undefined) return at;
    const end = Math.min(chunk.length, at + held.needed - held.length);
    held.add(chunk.subarray(at, end));
    return end;
  };

  const release = (bytes: Uint8Array): SplitBlock => {
    const block = { bytes, offset };
    offset += bytes.length;
    return block;
  };

  return {
    *push(chunk) {
      let at = held.length > 0 ? complete(chunk) : 0;
      if (held.isComplete) yield release(held.release());
      while (at < chunk.length) {
        const length = measure(chunk, at);
        if (length === undefined || at + length > chunk.length) {
          held.needed = length;
          held.add(chunk.subarray(at));
          return;
        }
        const block = release(chunk.subarray(at, at + length));
        at += length;
        yield block;
      }
    },
    finish: () => {
      if (held.length > 0)
        throw new CodedError('SEGMENT_INCOMPLETE', 'The file ends inside a block.', {
          context: { offset, bytes: held.length },
        });
    },
  };
};
