import { canonicalFiles, type BackupState, type LiveEnvironment } from '#libs/domain';
import { plainNumber } from '#libs/kernel';
import { environmentFindings, quorumHead, type Finding, type NodeLook } from '#libs/projections';
import type { Kit } from '../kit.js';
import { NodeLooks } from './node-looks.js';

/** Enough to see since when a warning holds. */
const RUNS = 20;

export type Examined = Readonly<{
  backup: BackupState;
  look: NodeLook | undefined;
  findings: readonly Finding[];
}>;

/** Brings together what is known of an environment, and what its nodes say, into findings. */
export class Situations {
  private readonly looks: NodeLooks;

  constructor(
    private readonly kit: Pick<
      Kit,
      'clock' | 'commands' | 'histories' | 'nodes' | 'reads' | 'streams' | 'vault'
    >,
  ) {
    this.looks = new NodeLooks(kit);
  }

  /** With `thorough` the nodes are asked now, and again where that leaves a doubt: it takes up to half a minute. */
  async of(environment: LiveEnvironment, { thorough }: Readonly<{ thorough: boolean }>): Promise<Examined> {
    const { commands, histories, reads, streams } = this.kit;
    const { environmentId } = environment;
    const subject = { environment, backup: (await streams.backups.load(environmentId)).state };
    const look = await (thorough ? this.looks.thorough(subject) : this.looks.recent(subject));
    const { state: backup } = await streams.backups.load(environmentId);
    await reads.reaches('history', commands.last);
    const findings = environmentFindings({
      environment,
      backup,
      runs: await reads.list('history', 'run', { parent: environmentId, descending: true, limit: RUNS }),
      files: canonicalFiles(await histories.read(environmentId)),
      look,
      now: commands.now(),
    });
    return { backup, look, findings };
  }
}

const orNull = (value: bigint | undefined): number | null =>
  value === undefined ? null : plainNumber(value);

/** The head is the one that enough validators reach; while too few answer, the highest one that is known. */
export const blocksOf = (
  environment: LiveEnvironment,
  { backup, look }: Examined,
): Readonly<Record<'protected_block' | 'head_block' | 'lag_blocks', number | null>> => {
  const tip = backup.tip?.number;
  const known = [backup.head, tip].filter((block) => block !== undefined);
  const head = (look && quorumHead(environment, look)) ?? known.reduce<bigint | undefined>(higher, undefined);
  const lag = head === undefined ? undefined : head - (tip ?? -1n);
  return {
    protected_block: orNull(tip),
    head_block: orNull(head),
    lag_blocks: orNull(lag !== undefined && lag < 0n ? 0n : lag),
  };
};

const higher = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b > a ? b : a);
