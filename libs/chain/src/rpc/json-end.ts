const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const BATCH_BEGIN = Buffer.from('[{"');
const BATCH_END = Buffer.from('}]\n');

const UNSEEN_BYTES_MAX = 4 * 1024 * 1024;

const endsWith = (chunk: Buffer, end: Buffer): boolean => chunk.subarray(-end.length).equals(end);

/** A value ends with a bracket; behind that only white space is in order. */
const mayEnd = (chunk: Buffer): boolean => {
  let last = chunk.length - 1;
  while (last >= 0 && (chunk[last] ?? 0) <= SPACE) last -= 1;
  return chunk[last] === CLOSE_BRACE || chunk[last] === CLOSE_BRACKET;
};

/**
 * Tells when an answer is there: `whole`, or `exceeded` when more than white space follows it. A batch as geth writes
 * it, without white space but for the newline behind it, is whole when a chunk ends so, and is not looked into; of
 * all others what lies between chunks that may end them is looked through at once.
 */
export class AnswerEnd {
  private readonly finder = new JsonEndFinder();
  private isCompactBatch: boolean | undefined;
  private unseen: Buffer[] = [];
  private unseenBytes = 0;

  push(chunk: Buffer): 'whole' | 'exceeded' | undefined {
    this.isCompactBatch ??= chunk.subarray(0, BATCH_BEGIN.length).equals(BATCH_BEGIN);
    if (this.isCompactBatch && endsWith(chunk, BATCH_END)) return 'whole';
    this.unseen.push(chunk);
    this.unseenBytes += chunk.length;
    if (!mayEnd(chunk) && this.unseenBytes < UNSEEN_BYTES_MAX) return undefined;
    this.unseenBytes = 0;
    const bytes = Buffer.concat(this.unseen);
    this.unseen = [];
    const end = this.finder.push(bytes);
    if (end < 0) return undefined;
    return bytes.toString('latin1', end).trim() === '' ? 'whole' : 'exceeded';
  }
}

/**
 * Finds where one JSON value ends in a stream of chunks (an IPC socket has no other framing). Strings are
 * jumped over with a native search, so hex of any length costs next to nothing. Objects and arrays only.
 */
export class JsonEndFinder {
  private depth = 0;
  private inString = false;
  private escaped = false;

  /** Index just after the end of the value in this chunk, or -1 when it goes on in the next. */
  push(chunk: Buffer): number {
    let index = 0;
    let backslash = chunk.indexOf(BACKSLASH);
    while (index < chunk.length) {
      if (this.inString) {
        if (backslash >= 0 && backslash < index) backslash = chunk.indexOf(BACKSLASH, index);
        index = this.leaveString(chunk, index, backslash);
      } else if (this.isEnd(chunk[index++])) return index;
    }
    return -1;
  }

  /** Takes one byte outside strings; true when it closes the value. */
  private isEnd(byte = 0): boolean {
    switch (byte) {
      case QUOTE:
        this.inString = true;
        return false;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.depth++;
        return false;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        return --this.depth === 0;
      default:
        return false;
    }
  }

  /** Next index to look at: after the closing quote, or after an escaped character. */
  private leaveString(chunk: Buffer, from: number, backslash: number): number {
    if (this.escaped) {
      this.escaped = false;
      return from + 1;
    }
    const quote = chunk.indexOf(QUOTE, from);
    if (backslash >= 0 && (quote < 0 || backslash < quote)) {
      this.escaped = true;
      return backslash + 1;
    }
    if (quote < 0) return chunk.length;
    this.inString = false;
    return quote + 1;
  }
}
