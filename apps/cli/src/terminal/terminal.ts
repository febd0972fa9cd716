import { once } from 'node:events';
import { printable } from '#libs/kernel';

const COLUMNS_BY_DEFAULT = 80;
const CLEAR_LINE = '\r\u001b[K';

/**
 * Where a command writes: results to stdout, everything else to stderr. Control characters from nodes, files and names
 * are shown, not sent: everything goes through `printable`.
 */
export class Terminal {
  private closed = false;
  private hasProgress = false;

  constructor(
    private readonly stdout: NodeJS.WriteStream,
    private readonly stderr: NodeJS.WriteStream,
  ) {
    // The reader of a pipe (head, less) may leave early; that is not a failure.
    stdout.on('error', () => {
      this.closed = true;
    });
    stderr.on('error', () => undefined);
  }

  /** The reader of the output is gone. */
  get isClosed(): boolean {
    return this.closed;
  }

  /** Is there a terminal to show progress on? */
  get showsProgress(): boolean {
    return this.stderr.isTTY;
  }

  /** Writes a line and waits while the reader is slow. */
  async line(text: string): Promise<void> {
    await this.text(`${text}\n`);
  }

  async text(text: string): Promise<void> {
    this.endProgress();
    if (this.closed || this.stdout.write(printable(text))) return;
    await Promise.race([once(this.stdout, 'drain'), once(this.stdout, 'close')]).catch(() => undefined);
  }

  async json(value: unknown): Promise<void> {
    await this.line(toJson(value));
  }

  /** For people, beside the result. */
  note(text: string): void {
    this.endProgress();
    this.stderr.write(printable(text.endsWith('\n') ? text : `${text}\n`));
  }

  /** One line that is written over; only on a terminal. */
  progress(text: string): void {
    if (!this.showsProgress) return;
    this.hasProgress = true;
    // Some terminals do not say how wide they are.
    const columns = this.stderr.columns || COLUMNS_BY_DEFAULT;
    this.stderr.write(`${CLEAR_LINE}${printable(text).slice(0, columns - 1)}`);
  }

  endProgress(): void {
    if (!this.hasProgress) return;
    this.hasProgress = false;
    this.stderr.write(CLEAR_LINE);
  }
}

const exact = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

/**
 * JSON on one line; block numbers are plain numbers as in the history document. What is beyond 2^53, such as the
 * nanoseconds of Raft, is a string of its digits, because a number would lose them.
 */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? exact(inner) : inner));
