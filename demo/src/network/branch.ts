import { cliqueSigner, type Block, type BlockHeader } from '@ethereumjs/block';
import { bytesToHex, CodedError, type Hex } from '#libs/kernel';
import { SIGNERS } from './accounts.js';
import type { ChainFile } from './chain-file.js';
import { sealNext, type Parent, type Sealing } from './producer.js';
import { RECENT_SIGNERS, type SignerIndex } from './rota.js';
import { writeSnapshot } from './snapshot.js';
import type { WorldState } from './world-state.js';

/** A chain as a node reads it. Every answer is of one moment: take the numbers first, then the bytes. */
export interface ChainView {
  /** Number of the last block. */
  readonly head: number;
  hash(number: number): Hex | undefined;
  numberOf(hash: Hex): number | undefined;
  /** Sum of all difficulties from block 0 on. */
  totalDifficulty(number: number): number;
  raw(number: number): Promise<Uint8Array | undefined>;
}

/** Blocks between two snapshots, after which the state in memory is also reduced to what is in it. */
const SNAPSHOT_BLOCKS = 64;

export type BranchParts = Readonly<{
  file: ChainFile;
  /** The branch that this one left, below its first block. */
  base?: ChainView;
  state: WorldState;
  head: BlockHeader;
  recent: readonly SignerIndex[];
  sealing: Sealing;
  /** Where the state is kept; a branch without it is not continued by a later start. */
  snapshotPath?: string;
}>;

/** Whose seal a header carries, as a place in the order of signers; -1 when it is not a signer's. */
export const signerOf = (header: BlockHeader): SignerIndex => {
  const address = cliqueSigner(header);
  return SIGNERS.findIndex((signer) => signer.address.equals(address));
};

/** A chain that grows: a file of blocks, the state after the last one, and keys to seal the next. Calls to `seal` must not overlap. */
export class Branch implements ChainView {
  private readonly file: ChainFile;
  private readonly base: ChainView | undefined;
  private state: WorldState;
  private parent: Parent;
  private sealing: Sealing;

  constructor(private readonly parts: BranchParts) {
    this.file = parts.file;
    this.base = parts.base;
    this.state = parts.state;
    this.parent = { header: parts.head, recent: parts.recent };
    this.sealing = parts.sealing;
  }

  get head(): number {
    return this.file.head;
  }

  /** Number of the first block that is this branch's own. */
  get first(): number {
    return this.file.first;
  }

  get headHeader(): BlockHeader {
    return this.parent.header;
  }

  get recentSigners(): readonly SignerIndex[] {
    return this.parent.recent;
  }

  get chainFile(): ChainFile {
    return this.file;
  }

  hash(number: number): Hex | undefined {
    return number < this.first ? this.base?.hash(number) : this.file.hash(number);
  }

  numberOf(hash: Hex): number | undefined {
    const own = this.file.numberOf(hash);
    if (own !== undefined) return own;
    const older = this.base?.numberOf(hash);
    return older === undefined || older >= this.first ? undefined : older;
  }

  totalDifficulty(number: number): number {
    if (this.base === undefined) return this.file.difficultyTo(number) ?? 0;
    if (number < this.first) return this.base.totalDifficulty(number);
    return this.base.totalDifficulty(this.first - 1) + (this.file.difficultyTo(number) ?? 0);
  }

  raw(number: number): Promise<Uint8Array | undefined> {
    if (number >= this.first) return this.file.raw(number);
    return this.base?.raw(number) ?? Promise.resolve(undefined);
  }

  /** From now on seals with these keys. */
  holdKeys(keys: ReadonlySet<SignerIndex>): void {
    this.sealing = { ...this.sealing, keys };
  }

  /** A separate copy of the state after the head, for another branch to start from. */
  copyState(): Promise<WorldState> {
    return this.state.copy();
  }

  /**
   * Seals blocks and appends them; a reader sees all of them or none.
   * @param notBefore the least timestamp of each, in seconds
   * @throws CodedError `INTERNAL` when fewer could be sealed; nothing has then changed
   */
  async seal(notBefore: bigint, count = 1): Promise<void> {
    const before = this.parent;
    const blocks: Block[] = [];
    try {
      for (let sealed = 0; sealed < count; sealed += 1) blocks.push(await this.sealOne(notBefore));
      await this.file.append(
        blocks.map((block) => ({
          raw: block.serialize(),
          hash: block.hash(),
          difficulty: block.header.difficulty,
        })),
      );
    } catch (error) {
      this.parent = before;
      await this.state.reset(before.header.stateRoot);
      throw error;
    }
    if (Math.floor(this.head / SNAPSHOT_BLOCKS) > Math.floor((this.head - count) / SNAPSHOT_BLOCKS)) {
      await this.saveState();
      this.state = await this.state.copy();
    }
  }

  /** Writes the state, if it is kept, so that the next start has nothing to execute. */
  async saveState(path = this.parts.snapshotPath): Promise<void> {
    if (path === undefined) return;
    const state = await this.state.dump();
    await writeSnapshot(path, { number: this.head, hash: bytesToHex(this.parent.header.hash()), state });
  }

  /** Waits for reads in flight. */
  close(): Promise<void> {
    return this.file.close();
  }

  private async sealOne(notBefore: bigint): Promise<Block> {
    const sealed = await sealNext(this.state, this.parent, this.sealing, notBefore);
    if (sealed === undefined) {
      throw new CodedError('INTERNAL', 'No key of this side may seal the next block.', {
        context: { head: this.head },
      });
    }
    const recent = [...this.parent.recent, sealed.signer].slice(-RECENT_SIGNERS);
    this.parent = { header: sealed.block.header, recent };
    return sealed.block;
  }
}
