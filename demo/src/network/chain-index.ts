import { bytesToHex, type Hex } from '#libs/kernel';

const HASH_BYTES = 32;
const INITIAL_BLOCKS = 1024;

/** Where each block of a file is, its hash and the difficulty up to it: 48 bytes a block, found without reading the file. */
export class ChainIndex {
  private firstNumber = 0;
  private count = 0;
  private capacity = INITIAL_BLOCKS;
  /** Where each block ends. */
  private ends = new Float64Array(INITIAL_BLOCKS);
  private difficulties = new Float64Array(INITIAL_BLOCKS);
  private hashes = Buffer.alloc(INITIAL_BLOCKS * HASH_BYTES);

  get first(): number {
    return this.firstNumber;
  }

  get last(): number {
    return this.firstNumber + this.count - 1;
  }

  /** Bytes of all blocks. */
  get bytes(): number {
    return this.count === 0 ? 0 : (this.ends[this.count - 1] ?? 0);
  }

  startAt(number: number): void {
    if (this.count === 0) this.firstNumber = number;
  }

  append(length: number, hash: Uint8Array, difficulty: number): void {
    if (this.count === this.capacity) this.grow();
    this.ends[this.count] = this.bytes + length;
    this.difficulties[this.count] = (this.difficultyTo(this.last) ?? 0) + difficulty;
    this.hashes.set(hash, this.count * HASH_BYTES);
    this.count += 1;
  }

  setHash(number: number, hash: Uint8Array): void {
    this.hashes.set(hash, (number - this.firstNumber) * HASH_BYTES);
  }

  dropLast(): void {
    this.count = Math.max(0, this.count - 1);
  }

  place(number: number): Readonly<{ offset: number; length: number }> | undefined {
    const slot = this.slot(number);
    if (slot === undefined) return undefined;
    const offset = slot === 0 ? 0 : (this.ends[slot - 1] ?? 0);
    return { offset, length: (this.ends[slot] ?? 0) - offset };
  }

  hash(number: number): Hex | undefined {
    const slot = this.slot(number);
    if (slot === undefined) return undefined;
    return bytesToHex(this.hashes.subarray(slot * HASH_BYTES, (slot + 1) * HASH_BYTES));
  }

  difficultyTo(number: number): number | undefined {
    const slot = this.slot(number);
    return slot === undefined ? undefined : this.difficulties[slot];
  }

  numberOf(hash: Hex): number | undefined {
    const used = this.hashes.subarray(0, this.count * HASH_BYTES);
    const wanted = Buffer.from(hash.slice(2), 'hex');
    if (wanted.length !== HASH_BYTES) return undefined;
    for (let at = used.indexOf(wanted); at >= 0; at = used.indexOf(wanted, at + 1)) {
      if (at % HASH_BYTES === 0) return this.firstNumber + at / HASH_BYTES;
    }
    return undefined;
  }

  private slot(number: number): number | undefined {
    const slot = number - this.firstNumber;
    return Number.isInteger(slot) && slot >= 0 && slot < this.count ? slot : undefined;
  }

  private grow(): void {
    this.capacity *= 2;
    const [ends, difficulties, hashes] = [this.ends, this.difficulties, this.hashes];
    this.ends = new Float64Array(this.capacity);
    this.ends.set(ends);
    this.difficulties = new Float64Array(this.capacity);
    this.difficulties.set(difficulties);
    this.hashes = Buffer.alloc(this.capacity * HASH_BYTES);
    this.hashes.set(hashes);
  }
}
