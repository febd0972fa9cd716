import type { StatedValidators } from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import type { CertifyJob } from '../segment/export-job.js';

/** Enough for a handful of changes in 100,000 blocks, found by halving. */
const QUESTIONS_MAX = 100;

/** Asks one node who the validators are after chosen blocks, with a bound. */
class Asking {
  readonly found: StatedValidators[] = [];
  private left = QUESTIONS_MAX;

  constructor(
    private readonly node: ChainNode,
    private readonly signal: AbortSignal,
  ) {}

  async at(block: bigint): Promise<StatedValidators | undefined> {
    if (this.left === 0) return undefined;
    this.left -= 1;
    const validators = await this.node.validatorsAt(block, { signal: this.signal });
    return validators && { block, validators: [...validators].sort(), node: this.node.id };
  }

  /** Notes where the set changes between two blocks whose sets are known. */
  async between(low: StatedValidators, high: StatedValidators): Promise<void> {
    if (low.validators.join() === high.validators.join()) return;
    if (high.block - low.block === 1n) {
      this.found.push(high);
      return;
    }
    const middle = await this.at((low.block + high.block) / 2n);
    if (middle === undefined) return;
    await this.between(low, middle);
    await this.between(middle, high);
  }
}

/**
 * The validators that a contract chose for a segment, as a node states them: at its start and at every change. Empty
 * when the node does not say; a set that changed and changed back is missed, which the seals then show.
 */
export const statedValidators = async ({
  nodes,
  planned,
  signal,
}: CertifyJob): Promise<readonly StatedValidators[]> => {
  const [node] = nodes;
  if (node === undefined) return [];
  const asking = new Asking(node, signal);
  const first = await asking.at(planned.start === 0n ? 0n : planned.start - 1n);
  const last = await asking.at(planned.end);
  if (first === undefined || last === undefined) return [];
  await asking.between(first, last);
  return [first, ...asking.found];
};
