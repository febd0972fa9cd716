import { open, type FileHandle } from 'node:fs/promises';
import { createBlockHeaderFromBytesArray } from '@ethereumjs/block';
import type { Common } from '@ethereumjs/common';
import { RLP } from '@ethereumjs/rlp';
import { bytesToHex, CodedError, type Hex } from '#libs/kernel';
import { ChainIndex } from './chain-index.js';
import { readItems } from './rlp-stream.js';

/** A block as the file takes it. */
export type FileBlock = Readonly<{ raw: Uint8Array; hash: Uint8Array; difficulty: bigint }>;

type Fields = Readonly<{ header: Uint8Array[]; number: number; parentHash: Uint8Array; difficulty: number }>;

const toNumber = (bytes: Uint8Array): number => (bytes.length === 0 ? 0 : Number(bytesToHex(bytes)));

/** The header fields of a block, in the order of its RLP; undefined when the bytes are not a block. */
export const headerFields = (raw: Uint8Array): Uint8Array[] | undefined => {
  try {
    const [header] = RLP.decode(raw) as [Uint8Array[]];
    return Array.isArray(header) && header.length >= 15 ? header : undefined;
  } catch {
    return undefined;
  }
};

const fieldsOf = (raw: Uint8Array): Fields | undefined => {
  const header = headerFields(raw);
  const [parentHash, number, difficulty] = [header?.[0], header?.[8], header?.[7]];
  if (header === undefined || parentHash === undefined || number === undefined || difficulty === undefined) {
    return undefined;
  }
  return { header, number: toNumber(number), parentHash, difficulty: toNumber(difficulty) };
};

/**
 * Consecutive blocks in one file, their RLPs one after another: exactly what `geth import` reads. Bytes stay in the file; memory
 * holds 48 bytes a block. Appending is durable when it resolves. Opening drops what a crash left behind the last whole block.
 */
export class ChainFile {
  private constructor(
    private readonly file: FileHandle,
    private readonly index: ChainIndex,
  ) {}

  /** @throws CodedError `STORE_UNAVAILABLE` when the file cannot be opened, read or cut */
  static async open(path: string, common: Common): Promise<ChainFile> {
    const file = await open(path, 'a+').catch((cause: unknown) => {
      throw new CodedError('STORE_UNAVAILABLE', 'The chain file of the demo network cannot be opened.', {
        context: { path },
        cause,
      });
    });
    const index = new ChainIndex();
    let last: Fields | undefined;
    for await (const raw of readItems(file)) {
      const fields = fieldsOf(raw);
      if (fields === undefined || (last !== undefined && fields.number !== last.number + 1)) break;
      if (last === undefined) index.startAt(fields.number);
      // A block's hash is known once its successor names it: only the last one has to be hashed.
      else index.setHash(last.number, fields.parentHash);
      index.append(raw.length, new Uint8Array(32), fields.difficulty);
      last = fields;
    }
    if (last !== undefined) {
      index.setHash(last.number, createBlockHeaderFromBytesArray(last.header, { common }).hash());
    }
    await file.truncate(index.bytes);
    return new ChainFile(file, index);
  }

  /** Number of the first block; 0 while empty. */
  get first(): number {
    return this.index.first;
  }

  /** Number of the last block; one below `first` while empty. */
  get head(): number {
    return this.index.last;
  }

  /** An empty file takes its first block at this number. */
  startAt(number: number): void {
    this.index.startAt(number);
  }

  /** Appends blocks that follow each other and the head. They can be read once this resolves. */
  async append(blocks: readonly FileBlock[]): Promise<void> {
    await this.file.appendFile(Buffer.concat(blocks.map(({ raw }) => raw)));
    await this.file.datasync();
    for (const { raw, hash, difficulty } of blocks) this.index.append(raw.length, hash, Number(difficulty));
  }

  /** Drops the last block. */
  async dropLast(): Promise<void> {
    this.index.dropLast();
    await this.file.truncate(this.index.bytes);
  }

  /** The bytes of a block; undefined if it is not in this file. */
  async raw(number: number): Promise<Uint8Array | undefined> {
    const place = this.index.place(number);
    if (place === undefined) return undefined;
    const buffer = new Uint8Array(place.length);
    const { bytesRead } = await this.file.read(buffer, 0, place.length, place.offset);
    return bytesRead === place.length ? buffer : undefined;
  }

  /** Copies the bytes of all blocks below `end` to another file. */
  async copyBelow(end: number, target: FileHandle): Promise<void> {
    const bytes = this.index.place(end)?.offset ?? this.index.bytes;
    const chunk = new Uint8Array(1 << 20);
    for (let offset = 0; offset < bytes;) {
      const wanted = Math.min(chunk.length, bytes - offset);
      const { bytesRead } = await this.file.read(chunk, 0, wanted, offset);
      if (bytesRead === 0) break;
      await target.appendFile(chunk.subarray(0, bytesRead));
      offset += bytesRead;
    }
  }

  hash(number: number): Hex | undefined {
    return this.index.hash(number);
  }

  numberOf(hash: Hex): number | undefined {
    return this.index.numberOf(hash);
  }

  /** Sum of the difficulties from the first block of this file to this one. */
  difficultyTo(number: number): number | undefined {
    return this.index.difficultyTo(number);
  }

  /** Waits for reads in flight. */
  async close(): Promise<void> {
    await this.file.close();
  }
}
