import type { SealReader } from '../seal/seal-reader.js';
import type { SplitBlock } from '../segment/block-splitter.js';
import type { SegmentJudge } from './certificate.js';

const BATCH_BYTES = 256 * 1024;

/**
 * Judges blocks as they come by: their seals are read on other threads, a few batches at a time, and judged in the
 * blocks' order.
 */
export class BlockJudging {
  private readonly judge: SegmentJudge;
  private readonly reader: SealReader;
  private blocks: Uint8Array[] = [];
  private offsets: number[] = [];
  private bytes = 0;
  private under: Promise<void>[] = [];
  private tail: Promise<void> = Promise.resolve();

  constructor(judge: SegmentJudge, reader: SealReader) {
    this.judge = judge;
    this.reader = reader;
  }

  /** Takes a block; its bytes may be a view that lives only for this call. */
  add({ bytes, offset }: SplitBlock): void {
    this.blocks.push(Uint8Array.from(bytes));
    this.offsets.push(offset);
    this.bytes += bytes.length;
    if (this.bytes >= BATCH_BYTES) this.send();
  }

  /** Resolves when few enough batches are in progress. Await it between chunks. */
  async pace(): Promise<void> {
    while (this.under.length > this.reader.lanes) await this.under.shift();
  }

  /** Resolves when every block was judged. */
  async finish(): Promise<void> {
    this.send();
    await this.tail;
  }

  private send(): void {
    if (this.bytes === 0) return;
    const offsets = this.offsets;
    const reading = this.reader.read(Buffer.concat(this.blocks, this.bytes), this.judge.curve);
    this.blocks = [];
    this.offsets = [];
    this.bytes = 0;
    this.tail = Promise.all([reading, this.tail]).then(([seals]) => {
      seals.forEach((each, index) => this.judge.take(each, offsets[index] ?? 0));
    });
    // It may fail before it is awaited: the failure is met by pace() or finish().
    this.tail.catch(() => undefined);
    this.under.push(this.tail);
  }
}
