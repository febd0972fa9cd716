import { blockHash } from '#libs/archive';
import {
  branchStart,
  canonicalFiles,
  recordedLevel,
  type AgreementInput,
  type AgreementReport,
  type Branch,
  type FinalityProof,
  type History,
  type HistoryEntry,
  type LiveEnvironment,
  type OpenQuestion,
  type RequestedBackup,
} from '#libs/domain';
import { isCodedError, type BlockRef, type Hex } from '#libs/kernel';
import { bodyFromBytes } from '#libs/object-store';
import {
  finalityProof,
  finalityProofFile,
  genesisRulesOf,
  isSealedBy,
  listedIn,
  managedBucketOf,
  type CopyParts,
  type ServicePorts,
  type StoredBlocks,
} from '#libs/services';
import type { Participants } from './participants.js';
import type { Dispute, Superseding } from './superseding.js';

type Ports = Pick<ServicePorts, 'histories' | 'home'> & CopyParts;
type Asked = Readonly<{
  environment: LiveEnvironment;
  backup: RequestedBackup;
  participants: Participants;
  input: AgreementInput;
}>;
/** One block that the backup holds in `file`, and that somebody holds otherwise. */
type Conflict = Readonly<{ file: HistoryEntry; other: BlockRef; holders: readonly string[]; sides: string }>;

/** What becomes of the run: its dispute, and the blocks of the other chain that can be kept first. */
export type Broken = Readonly<{
  dispute: Dispute;
  branch?: Readonly<{ branch: Branch; input: AgreementInput }>;
}>;

/** Final blocks are proved by commit seals; Clique and unsealed chains have none. */
const isFinal = (file: HistoryEntry): boolean =>
  recordedLevel(file) === 'proved' && file.certificate.kind === 'commit-seals';

const isSame = (question: OpenQuestion | undefined, { file, other }: Conflict): question is OpenQuestion =>
  question?.code === 'FINALITY_BROKEN' &&
  question.other.hash === other.hash &&
  question.fromBlock === file.start;

/**
 * Finds blocks with commit seals that contradict backed-up blocks with commit seals. One such pair of headers proves that
 * validators signed twice: no replacement has to be gathered, and it does not matter how many nodes hold the other chain.
 */
export class BrokenFinality {
  constructor(
    private readonly ports: Ports,
    private readonly storedBlocks: StoredBlocks,
  ) {}

  /** A quorum left files of the backup for a chain that is sealed too; `undefined` when it isn't, or an operator decided. */
  async bySuperseding(
    asked: Asked,
    superseding: Superseding,
    { history, signal }: Readonly<{ history: History; signal: AbortSignal }>,
  ): Promise<Broken | undefined> {
    const { fork, first: file, sides } = superseding;
    if (!fork.isFork) return undefined;
    const holders = [...asked.participants.keys()];
    const conflict = { file, other: fork.other, holders, sides };
    const dispute = await this.disputeOn(asked, conflict, signal);
    if (dispute === undefined) return undefined;
    const branch = await this.branchOf(asked, conflict, { history, signal });
    return branch === undefined ? { dispute } : { dispute, branch };
  }

  /** Some validator, be it one alone, holds a sealed block that contradicts the backup. */
  async byDeparture(
    asked: Asked,
    { departures }: AgreementReport,
    signal: AbortSignal,
  ): Promise<Broken | undefined> {
    const end = asked.input.lastEnd?.number ?? -1n;
    const below = departures.filter(({ height }) => height <= end);
    if (below.length === 0) return undefined;
    const files = canonicalFiles(await this.ports.histories.read(asked.environment.environmentId));
    for (const { height, hash, nodeId } of below) {
      const file = files.find((each) => each.start <= height && height <= each.end);
      if (file === undefined) continue;
      const sides = `The backup goes on to block ${end}.`;
      const conflict = { file, other: { number: height, hash }, holders: [nodeId], sides };
      const dispute = await this.disputeOn(asked, conflict, signal);
      if (dispute !== undefined) return { dispute };
    }
    return undefined;
  }

  private async disputeOn(
    asked: Asked,
    conflict: Conflict,
    signal: AbortSignal,
  ): Promise<Dispute | undefined> {
    const { environment, backup } = asked;
    const { file, other, sides } = conflict;
    const open = isSame(backup.question, conflict) ? backup.question : undefined;
    if (!isFinal(file) || open?.decision !== undefined) return undefined;
    const found = await this.proofOf(asked, conflict, signal);
    if (found === undefined) return undefined;
    const { proof, holder } = found;
    const isNew = await this.keep(environment, proof);
    const names = proof.doubleSigners.length === 0 ? 'none' : proof.doubleSigners.join(', ');
    return {
      code: 'FINALITY_BROKEN',
      retryable: true,
      reason: `Block ${proof.height} was sealed twice: ${proof.backedUp.hash} is backed up, ${holder} holds ${proof.other.hash}. Validators that signed both: ${names}. ${sides}`,
      question: { code: 'FINALITY_BROKEN', fromBlock: file.start, other },
      ...(open === undefined || isNew ? { proof } : {}),
    };
  }

  private async proofOf(
    { environment, participants }: Asked,
    { other, holders }: Conflict,
    signal: AbortSignal,
  ): Promise<Readonly<{ proof: FinalityProof; holder: string }> | undefined> {
    const rules = await genesisRulesOf(
      environment,
      await managedBucketOf(environment, this.ports),
      this.ports,
    );
    for (const holder of holders) {
      const block = await this.blockOf(participants, { holder, other, signal });
      // Its own list says who would have to be the validators: reading the stored file is worth it only then.
      if (block === undefined || !isSealedBy(block, listedIn(block), rules)) continue;
      const backedUp = await this.storedBlocks.block(environment, { number: other.number, signal });
      if (backedUp === undefined) return undefined;
      const validators = listedIn(backedUp);
      if (![backedUp, block].every((each) => isSealedBy(each, validators, rules))) continue;
      return { proof: finalityProof(backedUp, block, rules), holder };
    }
    return undefined;
  }

  private async blockOf(
    participants: Participants,
    { holder, other, signal }: Readonly<{ holder: string; other: BlockRef; signal: AbortSignal }>,
  ): Promise<Uint8Array | undefined> {
    const node = participants.get(holder)?.node;
    if (node === undefined) return undefined;
    const { number } = other;
    try {
      for await (const { bytes } of node.rawBlocks({ start: number, end: number }, { signal }))
        return blockHash(bytes) === other.hash ? Uint8Array.from(bytes) : undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!isCodedError(error)) throw error;
      this.ports.log.warn('A node did not give the block it holds.', { node: holder, error });
    }
    return undefined;
  }

  /** Puts the proof beside the files, from where every copy gets it. True when it was not there yet. */
  private async keep(environment: LiveEnvironment, proof: FinalityProof): Promise<boolean> {
    const { environmentId } = environment;
    const { key, bytes } = finalityProofFile(environmentId, proof);
    try {
      const managed = await managedBucketOf(environment, this.ports);
      if ((await managed.head(key)) !== undefined) return false;
      return (await managed.put(key, bodyFromBytes(bytes), 'if-absent')).outcome === 'stored';
    } catch (error) {
      // The alarm must not wait for the bucket: the event holds the proof, and the next run stores it.
      this.ports.log.warn('The proof of broken finality could not be stored.', {
        environment: environmentId,
        error,
      });
      return false;
    }
  }

  /** The blocks to keep: begun by the first run that repeats this dispute, continued by those of the schedule. */
  private async branchOf(
    { environment, backup, input }: Asked,
    conflict: Conflict,
    { history, signal }: Readonly<{ history: History; signal: AbortSignal }>,
  ): Promise<Broken['branch']> {
    const { question, run } = backup;
    if (!isSame(question, conflict)) return undefined;
    const { other } = conflict;
    if (question.kept !== undefined && run.trigger === 'retry') return undefined;
    const tip = question.kept ?? (await this.beforeBranch(environment, other, { history, signal }));
    if (tip === undefined) return undefined;
    // Whoever goes on with this chain may be a quorum only: that is what keeps it from being canonical.
    return {
      branch: { other, tip },
      input: { ...input, rule: 'quorum', lastEnd: tip, fileEnds: [tip], supersededStarts: [] },
    };
  }

  private async beforeBranch(
    environment: LiveEnvironment,
    { number }: BlockRef,
    { history, signal }: Readonly<{ history: History; signal: AbortSignal }>,
  ): Promise<BlockRef | undefined> {
    const start = branchStart(number, new Set(canonicalFiles(history).map((file) => file.start)));
    if (start === undefined) return undefined;
    const before = start - 1n;
    const found = new Map<bigint, Hex>();
    await this.storedBlocks.into(found, environment, { numbers: [before], signal });
    const hash = found.get(before);
    return hash === undefined ? undefined : { number: before, hash };
  }
}
