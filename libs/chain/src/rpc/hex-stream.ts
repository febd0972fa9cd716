import { CodedError } from '#libs/kernel';

const RESULT = /"result"\s*:\s*"(?:0x)?/;
const QUOTE = 0x22;
/** The result of an answer begins within this, or it is not taken for one. */
const HEAD_BYTES_MAX = 64 * 1024;
/** What may be around the digits: the memory budget counts the block alone. */
const AROUND_BYTES_MAX = 4 * HEAD_BYTES_MAX;

/**
 * Turns one answer whose result is a hex string into bytes as it comes, so that a block of any size is held once, as its
 * bytes. What is around the digits is kept as it was: an answer to be read by the book, with an empty result.
 */
export class HexStream {
  private readonly bytes: Buffer;
  private readonly around: Buffer[] = [];
  private state: 'head' | 'digits' | 'tail' = 'head';
  private used = 0;
  /** A digit whose other half is in the next chunk. */
  private half = '';

  /** Holds `bytesMax` bytes; the pages are taken from the system as they fill. */
  constructor(bytesMax: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytesMax);
  }

  /** Throws `NODE_ANSWER_INVALID` and `NODE_ANSWER_TOO_LARGE` (without the node's name). */
  push(chunk: Buffer): void {
    if (this.state === 'tail') this.keep(chunk);
    else if (this.state === 'digits') this.pushDigits(chunk);
    else this.pushHead(chunk);
  }

  /** The answer without the digits of its result. */
  get rest(): Buffer {
    return Buffer.concat(this.around);
  }

  /** What the result was, once the answer is whole. Throws `NODE_ANSWER_INVALID` for half a byte. */
  get result(): Uint8Array {
    if (this.half !== '') throw notHex();
    return this.bytes.subarray(0, this.used);
  }

  private pushHead(chunk: Buffer): void {
    this.around.push(chunk);
    const head = this.rest;
    const found = RESULT.exec(head.toString('latin1', 0, HEAD_BYTES_MAX));
    if (found === null) {
      if (head.length > HEAD_BYTES_MAX) this.state = 'tail';
      return;
    }
    const digitsAt = found.index + found[0].length;
    // `"0x` may be cut behind the quote or the zero: wait for more.
    if (head.length < digitsAt + 2) return;
    this.around.splice(0, this.around.length, head.subarray(0, digitsAt));
    this.state = 'digits';
    this.pushDigits(head.subarray(digitsAt));
  }

  private pushDigits(chunk: Buffer): void {
    const quote = chunk.indexOf(QUOTE);
    const end = quote < 0 ? chunk.length : quote;
    this.decode(this.half + chunk.toString('latin1', 0, end));
    if (quote < 0) return;
    this.state = 'tail';
    this.keep(chunk.subarray(quote));
  }

  /** Takes in what is not part of the digits. */
  private keep(chunk: Buffer): void {
    const kept = this.around.reduce((sum, { length }) => sum + length, 0);
    if (kept + chunk.length > AROUND_BYTES_MAX) {
      throw new CodedError(
        'NODE_ANSWER_TOO_LARGE',
        `it holds more than a block and ${AROUND_BYTES_MAX} bytes`,
      );
    }
    this.around.push(chunk);
  }

  private decode(digits: string): void {
    const whole = digits.length & ~1;
    this.half = digits.slice(whole);
    const size = whole >> 1;
    if (this.used + size > this.bytes.length) {
      throw new CodedError(
        'NODE_ANSWER_TOO_LARGE',
        `a block has more than the ${this.bytes.length} bytes of block_bytes_max`,
      );
    }
    if (this.bytes.write(digits.slice(0, whole), this.used, size, 'hex') !== size) throw notHex();
    this.used += size;
  }
}

const notHex = (): CodedError => new CodedError('NODE_ANSWER_INVALID', 'a block is not a hex string');
