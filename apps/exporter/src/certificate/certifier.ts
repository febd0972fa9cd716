import {
  BlockJudging,
  consensusRules,
  createBlockSplitter,
  createSealReader,
  DEFAULT_RULES,
  hasOwnDigest,
  levelOf,
  levelOfGenesis,
  manifestKey,
  parseManifest,
  SegmentJudge,
  validatorSetFromFile,
  verdictOf,
  type ConsensusRules,
  type JudgeInput,
  type SegmentCertificate,
  type SegmentJudgement,
  type ValidatorEvidence,
  type ValidatorSetParts,
  type ValidatorState,
} from '#libs/archive';
import type { EvidenceLevel, SegmentEvidence } from '#libs/domain';
import { isCodedError } from '#libs/kernel';
import { readSmall, type ServicePorts } from '#libs/services';
import { supportAfter } from './clique-support.js';
import type { CertifyJob } from '../segment/export-job.js';
import { statedValidators } from './stated-validators.js';

export type Certified = Readonly<{
  certificate: SegmentCertificate;
  validatorSet: ValidatorSetParts;
  evidence: SegmentEvidence;
  /** What is wrong with the seals; the certificate says it too. */
  fault: SegmentJudgement['fault'];
}>;

type Start = Readonly<{
  evidence: ValidatorEvidence;
  start: ValidatorState | undefined;
  /** How far the set can be relied on. */
  level: EvidenceLevel;
}>;
/** What a segment is judged by. */
type Basis = Omit<ValidatorSetParts, 'end'> & Readonly<{ level: EvidenceLevel }>;

/** Below this starting threads takes longer than they save. */
const THREADS_FROM_BLOCKS = 2_000n;
const NOTHING_KNOWN: Start = { evidence: 'none', start: undefined, level: 'confirmed' };

/** Makes the certificate of a segment: seals judged against the validators followed from the genesis. */
export class Certifier {
  constructor(private readonly ports: Pick<ServicePorts, 'histories' | 'log'>) {}

  async certify(job: CertifyJob): Promise<Certified> {
    const rules = await this.rulesOf(job);
    const set = { ...(await this.startOf(job, rules)), rules, stated: [] };
    const isSealed =
      rules.phases.length > 0 || job.summary.consensus.some((each) => each !== 'plain' && each !== 'raft');
    if (!isSealed) return certifiedAs(job, set, { certificate: confirmations(job), end: set.start });
    const first = await this.judge(job, set);
    if (!first.isChosenElsewhere) return this.certified(job, set, first);
    const chosen: Basis = { ...set, stated: await statedValidators(job), level: 'confirmed' };
    return this.certified(job, chosen, await this.judge(job, chosen));
  }

  private async certified(job: CertifyJob, basis: Basis, judgement: SegmentJudgement): Promise<Certified> {
    const { end } = judgement;
    const certificate = judgement.certificate ?? confirmations(job);
    if (certificate.kind !== 'clique-signers') return certifiedAs(job, basis, { ...judgement, certificate });
    const support = await supportAfter(job, end?.validators ?? [], this.ports.log);
    const supported = { ...certificate, support: { ...certificate.support, ...support } };
    return certifiedAs(job, basis, { ...judgement, certificate: supported });
  }

  private async judge({ summary, blocks, signal }: CertifyJob, input: JudgeInput): Promise<SegmentJudgement> {
    const reader = await createSealReader(summary.blocks < THREADS_FROM_BLOCKS ? 0 : undefined);
    try {
      const judge = new SegmentJudge(input);
      const judging = new BlockJudging(judge, reader);
      const splitter = createBlockSplitter();
      for await (const chunk of blocks()) {
        for (const block of splitter.push(chunk)) judging.add(block);
        await judging.pace();
        signal.throwIfAborted();
      }
      await judging.finish();
      return judge.result(summary.end.hash);
    } finally {
      await reader.close();
    }
  }

  private async rulesOf({ environment, managed }: CertifyJob): Promise<ConsensusRules> {
    const text = environment.genesis && (await readSmall(managed, environment.genesis.key));
    if (text === undefined) return DEFAULT_RULES;
    const { config } = JSON.parse(text.toString('utf8')) as { config?: Record<string, unknown> };
    return consensusRules(config ?? {});
  }

  /** The validators before the first block: as the file before left them, else as a node states them. */
  private async startOf(job: CertifyJob, rules: ConsensusRules): Promise<Start> {
    const { planned, nodes, signal } = job;
    if (planned.start === 0n) return { evidence: 'genesis', start: undefined, level: levelOfGenesis(rules) };
    const previous = await this.previousSet(job);
    if (previous !== undefined) return previous;
    const block = planned.start - 1n;
    const validators = await nodes[0]?.validatorsAt(block, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      this.ports.log.warn('A node did not say who the validators are.', { error });
      return undefined;
    });
    if (validators === undefined) return NOTHING_KNOWN;
    const state = { block, validators: [...validators].sort(), votes: [], recent: [], settled: false };
    return { evidence: 'node', start: state, level: 'confirmed' };
  }

  private async previousSet({
    environment,
    backup,
    planned,
    managed,
  }: CertifyJob): Promise<Start | undefined> {
    const { environmentId } = environment;
    const { entries } = await this.ports.histories.read(environmentId);
    const before = entries.findLast(
      ({ canonical, end, endHash }) =>
        canonical && end === planned.start - 1n && endHash === backup.tip?.hash,
    );
    const text = before && (await readSmall(managed, manifestKey(environmentId, before.file)));
    if (text === undefined || !hasOwnDigest(text.toString('utf8'))) return undefined;
    try {
      const { validator_set: set } = parseManifest(text);
      if (set === undefined) return undefined;
      const start = validatorSetFromFile(set).end;
      return { evidence: 'previous-segment', start, level: before?.evidence?.level ?? 'confirmed' };
    } catch (error) {
      // The object there is not our manifest, so a node is asked instead.
      if (!isCodedError(error)) throw error;
      return undefined;
    }
  }
}

const certifiedAs = (
  { environment }: CertifyJob,
  { level, ...set }: Basis,
  {
    certificate,
    end,
    fault,
  }: Readonly<{
    certificate: SegmentCertificate;
    end: ValidatorState | undefined;
    fault?: Certified['fault'];
  }>,
): Certified => {
  const verdict = verdictOf(certificate);
  const genesis = set.rules.from === 'genesis' ? environment.genesis : undefined;
  const evidence = {
    ...{ level: levelOf(verdict, level), verdict },
    ...(genesis === undefined ? {} : { genesisSha256: genesis.sha256 }),
  };
  return { certificate, validatorSet: { ...set, end }, evidence, fault };
};

const confirmations = ({ planned, backup }: CertifyJob): SegmentCertificate => ({
  kind: 'validator-confirmations',
  hash: planned.endHash,
  confirmed_by: backup.agreed.confirmations
    .filter(({ outcome }) => outcome === 'agrees')
    .map(({ nodeId }) => nodeId),
});
