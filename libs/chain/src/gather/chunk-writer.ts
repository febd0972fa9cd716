/** Whole blocks, one after another, as they stand in the segment. The sink may keep the bytes. */
export type BlockChunk = Readonly<{
  /** Number of the last block in it. */
  last: bigint;
  blocks: number;
  bytes: Uint8Array;
}>;

/** Takes chunks in order; the next one is given only after the promise resolved. */
export type BlockSink = Readonly<{ write(chunk: BlockChunk): Promise<void> | void }>;

const CHUNK_BYTES = 1024 * 1024;
const CHUNK_BLOCKS_MAX = 2048;

/** Joins blocks to chunks of about a mebibyte, so that a sink is called a few times a second and not 20,000 times. */
export class ChunkWriter {
  private readonly sink: BlockSink;
  private blocks: Uint8Array[] = [];
  private size = 0;
  private failed = false;

  constructor(sink: BlockSink) {
    this.sink = sink;
  }

  /** Did the sink throw? Then its error must reach the caller and no node is to blame. */
  get hasFailed(): boolean {
    return this.failed;
  }

  /** Takes a block; true when it is time to flush. */
  add(bytes: Uint8Array): boolean {
    this.blocks.push(bytes);
    this.size += bytes.length;
    return this.size >= CHUNK_BYTES || this.blocks.length >= CHUNK_BLOCKS_MAX;
  }

  /** Hands the blocks up to `last` to the sink; false when there are none. */
  async flush(last: bigint): Promise<boolean> {
    const blocks = this.blocks;
    if (blocks.length === 0) return false;
    const bytes = blocks.length === 1 && blocks[0] ? blocks[0] : Buffer.concat(blocks, this.size);
    this.blocks = [];
    this.size = 0;
    try {
      await this.sink.write({ last, blocks: blocks.length, bytes });
    } catch (error) {
      this.failed = true;
      throw error;
    }
    return true;
  }
}
