import {
  levelOf,
  type ConsensusRules,
  type JudgeInput,
  type SegmentCertificate,
  type SegmentJudgement,
  type StatedValidators,
  type ValidatorSetParts,
} from '#libs/archive';
import type { RunWarning, SegmentEvidence } from '#libs/domain';
import { genesisRulesOf, type CopyParts, type ServicePorts } from '#libs/services';
import type { CertifyJob } from '../segment/export-job.js';
import { supportAfter } from './clique-support.js';
import { evidenceWarnings } from './evidence-warnings.js';
import { judgeFile } from './judge-file.js';
import { filesBefore, rememberedSet, StartingSets, type StartingSet } from './starting-set.js';
import { StatedValidatorSets } from './stated-validators.js';

export type Certified = Readonly<{
  certificate: SegmentCertificate;
  validatorSet: ValidatorSetParts;
  evidence: SegmentEvidence;
  warnings: readonly RunWarning[];
  /** What is wrong with the seals; the certificate says it too. */
  fault: SegmentJudgement['fault'];
}>;

/** Sets that changed and changed back, found one a pass. */
const PASSES_MAX = 8;

type Judged = SegmentJudgement & Readonly<{ stated: readonly StatedValidators[] }>;

/** Makes the certificate of a segment: seals judged against the validators followed from the genesis. */
export class Certifier {
  constructor(private readonly ports: Pick<ServicePorts, 'histories'> & CopyParts) {}

  async certify(job: CertifyJob): Promise<Certified> {
    const rules = await genesisRulesOf(job.environment, job.managed, this.ports);
    const files = await filesBefore(job, this.ports);
    const sets = new StatedValidatorSets(job, await rememberedSet(job, files.at(-1), this.ports));
    const start = await new StartingSets(this.ports, job, rules, sets).find(files);
    const judged = await this.judge(job, { rules, start: start.start }, sets);
    const certificate = await this.certificateOf(job, judged);
    const evidence = evidenceOf(job, { judged, start, rules, voters: sets.voters });
    const { end, fault, isChosenElsewhere, stated } = judged;
    const found = { evidence, fault, rules, isChosenElsewhere, broken: start.broken };
    return {
      ...{ certificate, evidence, fault },
      validatorSet: { evidence: start.evidence, rules, start: start.start, end, stated },
      warnings: evidenceWarnings(job, found, files),
    };
  }

  private async judge(job: CertifyJob, input: JudgeInput, sets: StatedValidatorSets): Promise<Judged> {
    const { planned, signal, summary } = job;
    const once = async (stated: readonly StatedValidators[]): Promise<Judged> => {
      const blocks = { bytes: job.blocks(), count: BigInt(summary.blocks), endHash: planned.endHash, signal };
      return { ...(await judgeFile({ ...input, stated }, blocks)), stated };
    };
    let judged = await once([]);
    if (!judged.isChosenElsewhere) return judged;
    await sets.begin();
    for (let pass = 1; pass <= PASSES_MAX; pass += 1) {
      judged = await once(sets.sets);
      if (judged.fault === undefined || !(await sets.refineAt(judged.fault.block))) break;
    }
    return judged;
  }

  private async certificateOf(job: CertifyJob, { certificate, end }: Judged): Promise<SegmentCertificate> {
    if (certificate === undefined) return confirmations(job);
    if (certificate.kind !== 'clique-signers') return certificate;
    const support = await supportAfter(job, end?.validators ?? [], this.ports.log);
    return { ...certificate, support: { ...certificate.support, ...support } };
  }
}

type Parts = Readonly<{
  judged: Judged;
  start: StartingSet;
  rules: ConsensusRules;
  voters: number;
}>;

/** A contract's sets are as good as those who stated them, whatever came before. */
const evidenceOf = (
  { environment }: CertifyJob,
  { judged, start, rules, voters }: Parts,
): SegmentEvidence => {
  const { verdict } = judged;
  const [weakest] = [...judged.stated].sort((a, b) => (a.nodes?.length ?? 0) - (b.nodes?.length ?? 0));
  const genesis = rules.from === 'genesis' ? environment.genesis : undefined;
  return {
    level: levelOf(verdict, judged.isChosenElsewhere ? 'stated' : start.level),
    verdict,
    ...(weakest === undefined ? {} : { statedBy: { nodes: weakest.nodes ?? [], asked: voters } }),
    ...(genesis === undefined ? {} : { genesisSha256: genesis.sha256 }),
  };
};

const confirmations = ({ planned, backup }: CertifyJob): SegmentCertificate => ({
  kind: 'validator-confirmations',
  hash: planned.endHash,
  confirmed_by: backup.agreed.confirmations
    .filter(({ outcome }) => outcome === 'agrees')
    .map(({ nodeId }) => nodeId),
});
