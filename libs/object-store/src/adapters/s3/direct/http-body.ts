const CHUNK_BYTES = 256 << 10;

/**
 * The body of an answer while it arrives: read by the connection straight into `into` where it has room for all of it,
 * else into its own memory, a chunk at a time and never more than two ahead of its reader.
 */
export class HttpBody implements AsyncIterable<Uint8Array> {
  private target: Buffer;
  /** Bytes of `target` that arrived, and that the reader took. */
  private filled = 0;
  private taken = 0;
  private full: Uint8Array | undefined;
  private failure: Error | undefined;
  private wake: () => void = () => undefined;

  constructor(
    private left: number,
    into: Buffer | undefined,
    private readonly line: Readonly<{ resume: () => void; destroy: () => void }>,
  ) {
    this.target =
      into !== undefined && into.length >= left ? into : Buffer.allocUnsafeSlow(Math.min(left, CHUNK_BYTES));
  }

  get isComplete(): boolean {
    return this.left === 0;
  }

  /** Where the next bytes belong; never more than belong to this body. */
  room(): Buffer {
    return this.target.subarray(this.filled, this.filled + this.left);
  }

  /** So many bytes were written there. Returns whether more may follow at once. */
  arrived(bytes: number): boolean {
    this.filled += bytes;
    this.left -= bytes;
    this.wake();
    if (this.left === 0 || this.filled < this.target.length) return true;
    this.full = this.target.subarray(this.taken);
    this.target = Buffer.allocUnsafeSlow(Math.min(this.left, CHUNK_BYTES));
    this.filled = 0;
    this.taken = 0;
    return false;
  }

  /** The connection ended too early. */
  fail(failure: Error): void {
    this.failure = failure;
    this.wake();
  }

  /** Nobody reads on: what has not arrived yet is not waited for. */
  destroy(): void {
    if (!this.isComplete) this.line.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.take();
      if (chunk !== undefined) yield chunk;
      else if (this.isComplete) return;
      else if (this.failure !== undefined) throw this.failure;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private take(): Uint8Array | undefined {
    const { full } = this;
    if (full !== undefined) {
      this.full = undefined;
      this.line.resume();
      return full;
    }
    if (this.filled === this.taken) return undefined;
    const chunk = this.target.subarray(this.taken, this.filled);
    this.taken = this.filled;
    return chunk;
  }
}
