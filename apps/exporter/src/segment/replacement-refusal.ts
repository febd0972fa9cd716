import { createBlockSplitter } from '#libs/archive';
import {
  breaksFinality,
  isStrongEnough,
  judgementBasis,
  type FinalityProof,
  type Replacement,
} from '#libs/domain';
import { CodedError } from '#libs/kernel';
import { finalityProof, genesisRulesOf, type CopyParts, type StoredBlocks } from '#libs/services';
import type { Certified } from '../certificate/certifier.js';
import type { CertifyJob } from './export-job.js';

type Judged = Pick<CertifyJob, 'environment' | 'backup' | 'managed' | 'planned' | 'blocks' | 'signal'> &
  Readonly<{ certified: Certified }>;

/** A replacing file that may not replace what is recorded. The run is disputed and an operator is asked. */
export class ReplacementRefused extends CodedError {
  constructor(
    override readonly code: 'SUPERSESSION_PENDING' | 'FINALITY_BROKEN',
    message: string,
    readonly found: Readonly<{
      replaces: Replacement;
      /** What the evidence was judged by; see judgementBasis. */
      judgedBy: string;
      proof?: FinalityProof | undefined;
    }>,
  ) {
    super(code, message);
  }
}

const blockIn = async (
  chunks: AsyncIterable<Uint8Array>,
  start: bigint,
  number: bigint,
): Promise<Uint8Array | undefined> => {
  const splitter = createBlockSplitter();
  let next = start;
  for await (const chunk of chunks) {
    for (const { bytes } of splitter.push(chunk)) {
      if (next === number) return Uint8Array.from(bytes);
      next += 1n;
    }
  }
  return undefined;
};

const basisOf = ({ environment, backup }: Judged, { level }: Replacement): string =>
  judgementBasis(environment, backup, level);

/** Compares what replaces files with what they are, before it is stored. */
export class ReplacementCheck {
  constructor(
    private readonly storedBlocks: StoredBlocks,
    private readonly ports: CopyParts,
  ) {}

  /** Throws ReplacementRefused when the evidence of the made file is not as strong as that of the files it replaces. */
  async refuse(judged: Judged): Promise<void> {
    const { backup, planned, certified } = judged;
    const { replaces } = backup;
    if (replaces === undefined) return;
    const { certificate, evidence } = certified;
    if (breaksFinality(replaces, { ...planned, certificate }, evidence))
      throw await this.broken(judged, replaces);
    if (isStrongEnough(replaces, evidence)) return;
    const found =
      certified.fault === undefined ? '' : ` Block ${certified.fault.block}: ${certified.fault.message}`;
    throw new ReplacementRefused(
      'SUPERSESSION_PENDING',
      `The blocks that the nodes hold are only ${evidence.level}, the backed-up ones are ${replaces.level}.${found} ${replaces.why}`,
      { replaces, judgedBy: basisOf(judged, replaces) },
    );
  }

  private async broken(judged: Judged, replaces: Replacement): Promise<ReplacementRefused> {
    const proof = await this.proofOf(judged, replaces);
    const names =
      proof === undefined || proof.doubleSigners.length === 0 ? 'unknown' : proof.doubleSigners.join(', ');
    return new ReplacementRefused(
      'FINALITY_BROKEN',
      `Block ${replaces.other.number} was sealed twice. Validators that signed both: ${names}. ${replaces.why}`,
      { replaces, judgedBy: basisOf(judged, replaces), proof },
    );
  }

  private async proofOf(
    { environment, managed, planned, blocks, signal }: Judged,
    { other }: Replacement,
  ): Promise<FinalityProof | undefined> {
    const height = other.number;
    const old = await this.storedBlocks.block(environment, { number: height, signal });
    const made = await blockIn(blocks(), planned.start, height);
    if (old === undefined || made === undefined) return undefined;
    return finalityProof(old, made, await genesisRulesOf(environment, managed, this.ports));
  }
}
