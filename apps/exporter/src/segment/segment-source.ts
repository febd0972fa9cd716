import { gatherSegment, SegmentCollector, type ChainNode } from '#libs/chain';
import type { Gather } from '#libs/domain';
import type { ServicePorts } from '#libs/services';
import { SharedDiskExport } from '../client-export/shared-disk-export.js';
import { HaltedExport, type ClientFiles } from '../client-export/halted-export.js';
import type { ExportJob, ExportWork } from './export-job.js';
import type { MonitorHalt } from '../client-export/monitor-halt.js';
import type { SegmentStage } from './segment-stage.js';

/** The verified blocks of a segment lie in its stage. */
export type Gathered = Readonly<{
  collector: SegmentCollector;
  /** Every node that the blocks came from, the last one last. */
  sourceNodes: readonly string[];
  /** Nothing had to be gathered: all of it was staged by an earlier attempt. */
  wasStaged: boolean;
}>;

/** Part of a validator's time that gathering may take. */
const VALIDATOR_SHARE = 0.25;
const PROGRESS_EVERY_BLOCKS = 10_000n;

export const collectorFor = ({ backup, planned }: ExportJob): SegmentCollector => {
  const { start, end, endHash } = planned;
  return new SegmentCollector({ range: { start, end }, parentHash: backup.tip?.hash, endHash });
};

/** Do the nodes still have the last staged block? The first that answers is believed: no answer is no sign of a fork. */
const isOnChain = async (
  { next, parentHash, target }: SegmentCollector,
  nodes: readonly ChainNode[],
  signal: AbortSignal,
): Promise<boolean> => {
  if (next === target.range.start) return true;
  for (const node of nodes) {
    const answer = await node.survey([next - 1n], { signal }).catch(() => undefined);
    signal.throwIfAborted();
    const [last] = answer?.headers ?? [];
    if (last?.kind === 'header') return last.header.hash === parentHash;
  }
  return true;
};

/** What gathering in any way needs of the process. */
export type SourcePorts = Pick<
  ServicePorts,
  'clock' | 'controllers' | 'histories' | 'home' | 'log' | 'nodes' | 'random' | 'streams' | 'vault'
>;

/** Fills the stage of a segment in the way the environment gathers. */
export class SegmentSource {
  private readonly clientFiles: Readonly<Record<Exclude<Gather, 'rpc'>, ClientFiles>>;

  constructor(
    private readonly ports: SourcePorts,
    halts: MonitorHalt,
    private readonly options: Readonly<{ monitorShare: number }>,
  ) {
    this.clientFiles = {
      'client-export': new HaltedExport(ports, halts),
      'admin-export': new SharedDiskExport(ports),
    };
  }

  /** Continues after what is staged. Blocks are requested from `nodes` in this order. */
  async fill(work: ExportWork, stage: SegmentStage, nodes: readonly ChainNode[]): Promise<Gathered> {
    const { gather } = work.environment.settings;
    return gather === 'rpc' ? this.fromNodes(work, stage, nodes) : this.fromClient(work, stage, gather);
  }

  /** The same by RPC, however the environment gathers. */
  async fromNodes(work: ExportWork, stage: SegmentStage, nodes: readonly ChainNode[]): Promise<Gathered> {
    const collector = await this.resumed(work, stage, nodes);
    const wasStaged = collector.isComplete;
    if (!wasStaged) {
      await stage.append(collector, async (sink) => {
        await gatherSegment(
          {
            ...{ nodes, collector, sink, signal: work.signal, onProgress: this.progressOf(work) },
            // A backlog takes hours: then the validators that agreed help, with a part of their time.
            striped: work.backup.more,
            shareOf: (node) => (node === nodes[0] ? this.options.monitorShare : VALIDATOR_SHARE),
          },
          this.ports,
        );
      });
    }
    const sources = stage.sourcesOf(collector);
    // Version 0.1 staged blocks without noting the nodes: nearly always the monitor's.
    const sourceNodes = sources.length > 0 ? sources : nodes.slice(0, 1).map(({ id }) => id);
    return { collector, sourceNodes, wasStaged };
  }

  /** What is staged, unless it is of a chain that the nodes have left since an earlier run gathered it. */
  private async resumed(
    work: ExportWork,
    stage: SegmentStage,
    nodes: readonly ChainNode[],
  ): Promise<SegmentCollector> {
    const collector = collectorFor(work);
    await stage.resume(collector);
    if (collector.isComplete || (await isOnChain(collector, nodes, work.signal))) return collector;
    await stage.discard();
    const empty = collectorFor(work);
    await stage.resume(empty);
    return empty;
  }

  /** What the client wrote itself is believed no more than what a node answers: every block is checked. */
  private async fromClient(
    work: ExportWork,
    stage: SegmentStage,
    gather: Exclude<Gather, 'rpc'>,
  ): Promise<Gathered> {
    const sourceNode = work.nodes[0]?.id ?? 'monitor';
    const staged = collectorFor(work);
    await stage.resume(staged);
    if (staged.isComplete) return { collector: staged, sourceNodes: [sourceNode], wasStaged: true };
    const file = await this.clientFiles[gather].fileFor(work);
    work.signal.throwIfAborted();
    await stage.take(file);
    const collector = collectorFor(work);
    await stage.verify(collector, `${sourceNode} (${gather})`, work.signal);
    return { collector, sourceNodes: [sourceNode], wasStaged: false };
  }

  private progressOf({ environment, planned, notes }: ExportWork) {
    let reported = planned.start;
    return ({ next, end, node }: Readonly<{ next: bigint; end: bigint; node: string }>): void => {
      notes.gotOn(next);
      if (next - reported < PROGRESS_EVERY_BLOCKS) return;
      reported = next;
      this.ports.log.info('Gathering blocks.', {
        environment: environment.environmentId,
        file: planned.file,
        next: next.toString(),
        end: end.toString(),
        node,
      });
    };
  }
}
