import { isStatedEnough, type StatedValidators } from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import { quorumOf } from '#libs/domain';
import { hasCode, type Hex } from '#libs/kernel';
import type { CertifyJob } from '../segment/export-job.js';

/** Enough for a handful of changes in 100,000 blocks, found by halving. */
const QUESTIONS_MAX = 200;
/** A node that says nothing for this long is not asked again in the same segment: it would hold up every question. */
const ANSWER_MS = 10_000;

/** Validators whose word counts, and how many of them must say the same. */
const votersOf = ({ backup }: CertifyJob): Readonly<{ ids: ReadonlySet<string>; needed: number }> => {
  const { confirmations, rule } = backup.agreed;
  const ids = confirmations.filter(({ outcome }) => outcome === 'agrees').map(({ nodeId }) => nodeId);
  const all = confirmations.filter(({ outcome }) => outcome !== 'duplicate').length;
  return { ids: new Set(ids), needed: Math.max(1, rule === 'quorum' ? quorumOf(all) : ids.length) };
};

type Word = Readonly<{ node: string; validators: readonly Hex[] }>;

/** Asks every node of a job who the validators after a block are. A node that cannot tell is passed over. */
export class StatedValidatorSets {
  private readonly asked = new Map<bigint, StatedValidators | undefined>();
  private readonly exact = new Set<bigint>();
  private readonly silent = new Set<string>();

  constructor(
    private readonly job: CertifyJob,
    /** What was stated for the end of the file before, when the nodes cannot tell any more. */
    private readonly remembered?: StatedValidators,
  ) {}

  /** How many validators are asked. */
  get voters(): number {
    return votersOf(this.job).ids.size;
  }

  /** What is known so far, by rising block: the first set, every change, and what was asked because of the seals. */
  get sets(): readonly StatedValidators[] {
    const known = this.blocks.flatMap((block) => this.asked.get(block) ?? []);
    return known.filter((each, index) => {
      const before = known[index - 1];
      return before === undefined || !sameSet(before, each) || this.exact.has(each.block);
    });
  }

  private get blocks(): readonly bigint[] {
    return [...this.asked.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  /** The set that most validators state; `undefined` when nobody can tell. */
  async at(block: bigint): Promise<StatedValidators | undefined> {
    if (this.asked.has(block)) return this.asked.get(block);
    if (this.asked.size >= QUESTIONS_MAX) return undefined;
    const words = await Promise.all(this.job.nodes.map((node) => this.ask(node, block)));
    this.job.signal.throwIfAborted();
    const stated = this.mostStated(
      block,
      words.filter((word) => word !== undefined),
    );
    const known = this.remembered?.block === block && !(stated && isStatedEnough(stated));
    const found = known ? this.remembered : stated;
    this.asked.set(block, found);
    return found;
  }

  /** The sets at both ends of the segment, and every change between them that halving finds. */
  async begin(): Promise<void> {
    const { start, end } = this.job.planned;
    await this.between(start === 0n ? 0n : start - 1n, end);
  }

  /** A block whose seals do not fit: the set changed on the way to it, perhaps there and back. True for new answers. */
  async refineAt(block: bigint): Promise<boolean> {
    const known = this.blocks;
    const low = known.findLast((each) => each < block - 1n) ?? block - 1n;
    const high = known.find((each) => each > block) ?? block;
    await this.between(low, block - 1n);
    await this.between(block, high);
    const isNew = !this.exact.has(block);
    this.exact.add(block - 1n).add(block);
    return isNew;
  }

  /** Asks for both ends, and by halving for where the set changes between them. */
  private async between(low: bigint, high: bigint): Promise<void> {
    const [first, last] = [await this.at(low), await this.at(high)];
    if (first === undefined || last === undefined || sameSet(first, last) || high - low <= 1n) return;
    const middle = (low + high) / 2n;
    await this.between(low, middle);
    await this.between(middle, high);
  }

  private async ask(node: ChainNode, block: bigint): Promise<Word | undefined> {
    const { signal } = this.job;
    if (this.silent.has(node.id)) return undefined;
    try {
      const validators = await node.validatorsAt(block, { signal, timeoutMs: ANSWER_MS });
      return validators && { node: node.id, validators: [...validators].sort() };
    } catch (error) {
      if (hasCode(error, 'NODE_TIMEOUT')) this.silent.add(node.id);
      return undefined;
    }
  }

  /** Only validators count; what the monitor alone states is kept as the weakest word there is. */
  private mostStated(block: bigint, words: readonly Word[]): StatedValidators | undefined {
    const { ids, needed } = votersOf(this.job);
    const bySet = new Map<string, Word[]>();
    for (const word of words) {
      const key = word.validators.join();
      bySet.set(key, [...(bySet.get(key) ?? []), word]);
    }
    const votes = (group: readonly Word[]): Word[] => group.filter(({ node }) => ids.has(node));
    const [most] = [...bySet.values()].sort((a, b) => votes(b).length - votes(a).length);
    const [first] = most ?? [];
    if (most === undefined || first === undefined) return undefined;
    const nodes = votes(most).map(({ node }) => node);
    return { block, validators: first.validators, node: nodes[0] ?? first.node, nodes, needed };
  }
}

const sameSet = (one: StatedValidators, other: StatedValidators): boolean =>
  one.validators.join() === other.validators.join();
