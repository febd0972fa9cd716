import { createHash } from 'node:crypto';
import {
  isStatedEnough,
  levelOf,
  levelOfGenesis,
  parseManifest,
  segmentKey,
  validatorSetFromFile,
  type ConsensusRules,
  type StatedValidators,
  type ValidatorEvidence,
  type ValidatorSetParts,
  type ValidatorState,
} from '#libs/archive';
import { canonicalFiles, type EvidenceLevel, type HistoryEntry } from '#libs/domain';
import { isCodedError } from '#libs/kernel';
import { manifestFile, plainBytesOf, readRecorded, type CopyParts, type ServicePorts } from '#libs/services';
import type { CertifyJob } from '../segment/export-job.js';
import { judgeFile } from './judge-file.js';
import type { StatedValidatorSets } from './stated-validators.js';

/** Who may seal before a segment, where that comes from, and how far it can be relied on. */
export type StartingSet = Readonly<{
  evidence: ValidatorEvidence;
  start: ValidatorState | undefined;
  level: EvidenceLevel;
  /** Why the file before hands nothing on: what is wrong with an older file, in words. */
  broken?: string;
}>;

const NOTHING_KNOWN: StartingSet = { evidence: 'none', start: undefined, level: 'confirmed' };

/** The files before a segment, oldest first: the canonical ones, or those that stay and the staged ones that replace others. */
export const filesBefore = async (
  { environment, backup, planned }: CertifyJob,
  { histories }: Pick<ServicePorts, 'histories'>,
): Promise<readonly HistoryEntry[]> => {
  const from = backup.branch === undefined ? (backup.replaces?.fromBlock ?? planned.start) : 0n;
  const files = canonicalFiles(await histories.read(environment.environmentId));
  const { runId } = backup.run;
  const staged = backup.staged.map((segment): HistoryEntry => ({
    ...segment,
    ...{ runId, canonical: true, revision: -1n, exportedAt: segment.date },
  }));
  return [...files.filter(({ end }) => end < from), ...staged];
};

/** The validators of a contract as the file before has them, for nodes that have forgotten them since. */
export const rememberedSet = async (
  job: CertifyJob,
  before: HistoryEntry | undefined,
  parts: CopyParts,
): Promise<StatedValidators | undefined> => {
  const set = before && (await recordedSet(job, before, parts));
  const last = set?.stated.at(-1);
  if (last === undefined || set?.end === undefined) return undefined;
  const isSame = last.validators.join() === set.end.validators.join();
  return isSame ? { ...last, block: job.planned.start - 1n } : undefined;
};

/** What a file's manifest says of its validators; `undefined` unless a copy is left of the one that was written then. */
const recordedSet = async (
  { environment, managed: store }: CertifyJob,
  entry: HistoryEntry,
  parts: CopyParts,
): Promise<ValidatorSetParts | undefined> => {
  const { environmentId } = environment;
  const found = await readRecorded({ store, environmentId }, manifestFile(environmentId, entry), parts);
  if (found === undefined) return undefined;
  try {
    const { validator_set: set } = parseManifest(found.bytes);
    return set && validatorSetFromFile(set);
  } catch (error) {
    // The object there is not our manifest, so a node is asked instead.
    if (!isCodedError(error)) throw error;
    return undefined;
  }
};

/** Finds the validators before a segment: by what was followed before it, else as nodes state them. */
export class StartingSets {
  constructor(
    private readonly ports: Pick<ServicePorts, 'histories'> & CopyParts,
    private readonly job: CertifyJob,
    private readonly rules: ConsensusRules,
    private readonly stated: StatedValidatorSets,
  ) {}

  async find(files: readonly HistoryEntry[]): Promise<StartingSet> {
    if (this.job.planned.start === 0n)
      return { ...NOTHING_KNOWN, evidence: 'genesis', level: levelOfGenesis(this.rules) };
    const anchored = await this.anchored();
    if (anchored !== undefined) return anchored;
    const followed = await this.followed(files);
    if (followed?.evidence === 'previous-segment') return followed;
    const { broken } = followed ?? {};
    return { ...(await this.byNodes()), ...(broken === undefined ? {} : { broken }) };
  }

  /** An operator vouches for the validators that the nodes state here, as a genesis document does for the first ones. */
  private async anchored(): Promise<StartingSet | undefined> {
    const { anchor, tip } = this.job.backup;
    if (anchor === undefined || anchor.hash !== tip?.hash) return undefined;
    const stated = await this.byNodes();
    return stated.level === 'stated' ? { ...stated, level: levelOfGenesis(this.rules) } : undefined;
  }

  private async byNodes(): Promise<StartingSet> {
    const block = this.job.planned.start - 1n;
    const stated = await this.stated.at(block);
    if (stated === undefined) return NOTHING_KNOWN;
    const start = { block, validators: stated.validators, votes: [], recent: [], settled: false };
    return { evidence: 'node', start, level: isStatedEnough(stated) ? 'stated' : 'confirmed' };
  }

  /** From the newest file whose evidence was judged by these rules, over those after it, judged again from their bytes. */
  private async followed(files: readonly HistoryEntry[]): Promise<StartingSet | undefined> {
    let judged = files.findLastIndex((entry) => this.isJudged(entry));
    let set = await this.after(files[judged]);
    // A manifest of which no copy is left says nothing: the file itself does, after the one before it.
    while (judged >= 0 && set === undefined) {
      judged = files.slice(0, judged).findLastIndex((entry) => this.isJudged(entry));
      set = await this.after(files[judged]);
    }
    if (judged >= 0 && set?.evidence !== 'previous-segment') return set;
    const older = files.slice(judged + 1);
    if (older.length > 0)
      this.ports.log.info('The seals of older files are judged again.', {
        environment: this.job.environment.environmentId,
        files: older.length,
      });
    for (const entry of older) {
      set = await this.again(entry, set);
      if (set?.evidence !== 'previous-segment') return set;
    }
    return set;
  }

  /** Judged by this version, and by the genesis document of today. */
  private isJudged({ evidence, manifestSha256 }: HistoryEntry): boolean {
    const genesis = this.rules.from === 'genesis' ? this.job.environment.genesis?.sha256 : undefined;
    return evidence !== undefined && manifestSha256 !== undefined && evidence.genesisSha256 === genesis;
  }

  private async after(entry: HistoryEntry | undefined): Promise<StartingSet | undefined> {
    const { evidence, file } = entry ?? {};
    if (entry === undefined || evidence === undefined) return undefined;
    if (evidence.verdict === 'invalid' || evidence.verdict === 'unproven')
      return { ...NOTHING_KNOWN, broken: `the seals of ${file} are ${evidence.verdict}` };
    const set = await recordedSet(this.job, entry, this.ports);
    return set && { evidence: 'previous-segment', start: set.end, level: evidence.level };
  }

  private async again(
    entry: HistoryEntry,
    before: StartingSet | undefined,
  ): Promise<StartingSet | undefined> {
    const { environment, managed, signal } = this.job;
    const { file, start, end, endHash } = entry;
    if (start > 0n && before === undefined) return undefined;
    const key = segmentKey(environment.environmentId, file);
    if ((await managed.head(key)) === undefined) return undefined;
    const digest = createHash('sha256');
    const stored = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of managed.get(key, signal)) {
        digest.update(chunk);
        yield chunk;
      }
    };
    const judgement = await judgeFile(
      { rules: this.rules, start: before?.start, stated: [] },
      {
        bytes: plainBytesOf(stored(), file.endsWith('.gz')),
        count: end - start + 1n,
        ...{ endHash, signal },
      },
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      if (isCodedError(error) && error.retryable) throw error;
      return undefined;
    });
    // Only the recorded bytes are judged: others prove nothing, and must not stop the backup either.
    if (judgement === undefined || digest.digest('hex') !== entry.sha256)
      return { ...NOTHING_KNOWN, broken: `${file} in the managed bucket is not the file that was recorded` };
    const { fault, verdict } = judgement;
    if (fault !== undefined)
      return { ...NOTHING_KNOWN, broken: `block ${fault.block} of ${file}: ${fault.message}` };
    const level = levelOf(verdict, before?.level ?? levelOfGenesis(this.rules));
    return { evidence: 'previous-segment', start: judgement.end, level };
  }
}
