import { createBlockSplitter } from '#libs/archive';
import type { ChainNode } from '#libs/chain';
import { evidencePolicy } from '#libs/domain';
import { CodedError, isCodedError, isOurs } from '#libs/kernel';
import type { ObjectStore } from '#libs/object-store';
import type { ServicePorts } from '#libs/services';
import type { Certified, Certifier } from '../certificate/certifier.js';
import { releaseOf } from '../certificate/evidence-warnings.js';
import type { ExportWork } from './export-job.js';
import { onManaged } from './managed-writes.js';
import type { Gathered, SegmentSource } from './segment-source.js';
import type { SegmentStage } from './segment-stage.js';

export type SealedSegment = Gathered & Readonly<{ certified: Certified }>;
type Work = ExportWork & Readonly<{ managed: ObjectStore }>;

/** Seals that are wrong, not merely unproven: other nodes may hold other ones. */
export const isRefused = ({ evidence, fault }: Certified): boolean =>
  evidence.verdict === 'invalid' || fault?.code === 'EVIDENCE_WEAKENED';

/**
 * Gathers a segment and judges its seals. Block hashes of BFT chains leave out the seals, so a node may give right
 * blocks with wrong ones: then the nodes that hold other bytes of the faulty block are asked for theirs. When all hold
 * the same, that is the chain, and the policy of the environment says whether it may be recorded. Nodes are asked by
 * RPC, also when the monitor's client wrote the file.
 */
export class SealedGathering {
  constructor(
    private readonly ports: Pick<ServicePorts, 'log'>,
    private readonly source: SegmentSource,
    private readonly certifier: Certifier,
  ) {}

  async fill(work: Work, stage: SegmentStage): Promise<SealedSegment> {
    const first = await this.judged(work, stage, await this.source.fill(work, stage, work.nodes));
    const { fault } = first.certified;
    if (fault === undefined || !isRefused(first.certified)) return first;
    this.warn(work, first);
    const { others, same } = await this.compare(work, stage, first);
    for (const node of others) {
      const better = await this.better(work, stage, node);
      if (better !== undefined) return better;
    }
    this.assertAllowed(work, first, same);
    return first;
  }

  private async judged(work: Work, stage: SegmentStage, gathered: Gathered): Promise<SealedSegment> {
    const summary = gathered.collector.summary();
    const blocks = () => stage.bytes();
    const certified = await onManaged(() => this.certifier.certify({ ...work, summary, blocks }));
    return { ...gathered, certified };
  }

  /** One node's whole segment; what was staged before is kept unless this is better. */
  private async better(work: Work, stage: SegmentStage, node: ChainNode): Promise<SealedSegment | undefined> {
    await stage.setAside();
    try {
      const found = await this.judged(work, stage, await this.source.fromNodes(work, stage, [node]));
      if (!isRefused(found.certified)) return found;
      this.warn(work, found);
    } catch (error) {
      work.signal.throwIfAborted();
      if (!isCodedError(error) || error.code === 'MANAGED_UNAVAILABLE' || isOurs(error)) throw error;
      this.ports.log.warn('A node could not give its form of a file.', { node: node.id, error });
    }
    await stage.takeBack();
    return undefined;
  }

  /** Who holds other bytes of the faulty block, and who the same. A node that cannot give it is neither. */
  private async compare(
    { nodes, signal }: Work,
    stage: SegmentStage,
    { certified, sourceNodes }: SealedSegment,
  ): Promise<Readonly<{ others: readonly ChainNode[]; same: readonly string[] }>> {
    const { fault } = certified;
    const others: ChainNode[] = [];
    const same = new Set(sourceNodes);
    if (fault === undefined) return { others, same: [...same] };
    const staged = await stagedBlock(stage, fault.blockOffset);
    for (const node of nodes) {
      const bytes = await blockOf(node, fault.block, signal);
      if (bytes === undefined) continue;
      if (staged?.equals(bytes) === true) same.add(node.id);
      else if (!sourceNodes.includes(node.id) || sourceNodes.length > 1) others.push(node);
    }
    return { others, same: [...same] };
  }

  /** Throws CERTIFICATE_INVALID or EVIDENCE_WEAKENED unless the segment may be recorded all the same. */
  private assertAllowed(work: Work, { certified }: SealedSegment, same: readonly string[]): void {
    const { fault, evidence } = certified;
    // A branch is kept whatever it is worth: it is the other side of a question.
    if (fault === undefined || work.backup.branch !== undefined || releaseOf(work) !== undefined) return;
    const isInvalid = evidence.verdict === 'invalid';
    if (isInvalid && evidencePolicy(work.environment) === 'record') return;
    const code = isInvalid ? 'CERTIFICATE_INVALID' : 'EVIDENCE_WEAKENED';
    const served = `It was served by ${same.join(', ')}.`;
    throw new CodedError(code, `${fault.message} ${served} The file is staged, not recorded.`, {
      context: { number: fault.block, code: fault.code, file: work.planned.file, nodes: same.join(', ') },
    });
  }

  private warn({ environment, planned }: Work, { certified: { fault }, sourceNodes }: SealedSegment): void {
    this.ports.log.warn('The seals of a file are not valid.', {
      environment: environment.environmentId,
      file: planned.file,
      node: sourceNodes.join(', '),
      block: fault?.block.toString(),
      code: fault?.code,
      found: fault?.message,
    });
  }
}

const blockOf = async (
  node: ChainNode,
  block: bigint,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> => {
  try {
    for await (const { bytes } of node.rawBlocks({ start: block, end: block }, { signal })) return bytes;
  } catch (error) {
    signal.throwIfAborted();
    if (!isCodedError(error)) throw error;
  }
  return undefined;
};

/** The staged block that begins at an offset. */
const stagedBlock = async (stage: SegmentStage, offset: number): Promise<Buffer | undefined> => {
  const splitter = createBlockSplitter();
  for await (const chunk of stage.bytes(offset))
    for (const { bytes } of splitter.push(chunk)) return Buffer.from(bytes);
  return undefined;
};
