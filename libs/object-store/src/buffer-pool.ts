/** Free buffers that are kept, in bytes: as much as a distributor has on its way with its default limits. */
const KEPT_BYTES_MAX = 128 << 20;
/** Sizes are multiples of it; what is smaller is not worth keeping. */
const STEP_BYTES = 256 << 10;
/** A buffer is used again for what fills at least this part of it. */
const FILL_MIN = 0.5;

type Pooled = Buffer<ArrayBuffer>;

/**
 * Large buffers that are used again: a new one for every file would be most of the garbage collector's work. A buffer
 * comes back only when nothing can write from it any more; one that is never given back is collected as usual.
 */
class BufferPool {
  /** Given back longest ago first. */
  private readonly kept: Pooled[] = [];
  private keptBytes = 0;

  /** A buffer of at least this number of bytes, with anything in it. */
  take(bytes: number): Pooled {
    if (bytes < STEP_BYTES) return Buffer.allocUnsafeSlow(bytes);
    const at = this.kept.findIndex(({ length }) => length >= bytes && length * FILL_MIN <= bytes);
    const [found] = at < 0 ? [] : this.kept.splice(at, 1);
    if (found === undefined) return Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
    this.keptBytes -= found.length;
    return found;
  }

  /** Gives back what `take` returned. */
  give(buffer: Pooled): void {
    if (buffer.length < STEP_BYTES) return;
    this.kept.push(buffer);
    this.keptBytes += buffer.length;
    while (this.keptBytes > KEPT_BYTES_MAX) this.keptBytes -= this.kept.shift()?.length ?? 0;
  }
}

/** The pool of this process. */
export const buffers = new BufferPool();
