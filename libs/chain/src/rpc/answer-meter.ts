const TOGETHER_BYTES_MAX = 32 * 1024 * 1024;
/** The header of a block may come before its body. */
const BEFORE_BYTES_MAX = 2 * 1024 * 1024;

/** The answers to one question are more together than is held at once: it must be asked for less. */
export class TooMuchAtOnce extends Error {
  override readonly name = 'TooMuchAtOnce';
}

/** Counts what the parts of one question are answered with, so that a question cut in parts is bounded as a whole. */
export class AnswerMeter {
  private bytes = 0;

  /** Throws `TooMuchAtOnce` when there is more than is held at once. One large answer alone always passes. */
  add(bytes: number): void {
    const before = this.bytes;
    this.bytes += bytes;
    if (before > BEFORE_BYTES_MAX && this.bytes > TOGETHER_BYTES_MAX) throw new TooMuchAtOnce();
  }
}
